import type { Known } from './attack.ts'

/**
 * The vectors whose statistics an attack may use: all honest ones where they are known, else the colluders' own
 * together with those heard.
 */
export function knownVectors(known: Known): readonly Float32Array[] {
  if ('honest' in known && known.honest.length > 0) return known.honest
  return 'heard' in known ? [...known.colluders, ...known.heard.map(({ vector }) => vector)] : known.colluders
}
