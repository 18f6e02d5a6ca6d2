import type { CraftContext, Known, Victim } from '../attack.ts'
import { honestByPeer, knownVectors } from './known.ts'
import { inverseNormal } from './normal.ts'
import { deviationOf, meanOf } from './statistics.ts'

/** The honest part of a victim's closed neighbourhood, as the attack estimates it. */
export interface StandIns {
  /** n - m vectors of length d. */
  readonly vectors: readonly Float32Array[]
  /** Position of the victim's own vector. */
  readonly own: number
}

/**
 * Stand-ins for the n - m honest vectors that a victim aggregates. First the known vectors of its neighbourhood, its
 * own among them; then the other known vectors. The rest are drawn from the normal distribution with mean and deviation
 * of the known vectors. A Little Is Enough assumes this of honest vectors (Baruch et al. 2019, section 3.2). Known
 * vectors are not copied. O(n d).
 */
export function standIns(
  known: Known,
  { n, m, peer }: Omit<Victim, 'peer'> & { peer?: number },
  context: CraftContext,
): StandIns {
  const wanted = n - m
  const byPeer = honestByPeer(known, context)
  const members = peer === undefined ? [] : (context.graph?.rows[peer]?.members ?? [peer])
  const near = members.flatMap((member) => (byPeer.has(member) ? [member] : []))
  const vectors = near.map((member) => byPeer.get(member) as Float32Array)
  for (const vector of knownVectors(known)) {
    if (vectors.length >= wanted) break
    if (!vectors.includes(vector)) vectors.push(vector)
  }
  const own = peer === undefined ? 0 : Math.max(0, near.indexOf(peer))
  if (vectors.length >= wanted) return { vectors: vectors.slice(0, wanted), own: Math.min(own, wanted - 1) }
  const mean = meanOf(vectors)
  const deviation = deviationOf(vectors, mean, 0)
  while (vectors.length < wanted) vectors.push(drawAround(mean, deviation, context.random))
  return { vectors, own }
}

/** One draw of independent normal coordinates (d). */
export function drawAround(mean: Float64Array, deviation: Float64Array, random: () => number): Float32Array {
  return Float32Array.from(mean, (value, k) => value + (deviation[k] as number) * normal(random))
}

/** A standard normal number. A draw of 0 counts as half the smallest step of a 32-bit draw. */
export function normal(random: () => number): number {
  return inverseNormal(Math.min(Math.max(random(), 2 ** -33), 1 - 2 ** -33))
}
