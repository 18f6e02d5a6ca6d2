import type { Row } from '../facts.ts'
import { type KrumNeighbours, krumScores, lowest, neighbourCount } from '../math/krum-score.ts'
import { exactDistances } from './rows.ts'

/** Indices of the `count` rows with the lowest Krum scores, ascending. */
export function exactKrumChoice(
  rows: readonly Row[],
  f: number,
  count: number,
  { neighbours, squared }: { readonly neighbours: KrumNeighbours; readonly squared: boolean },
): number[] {
  const n = rows.length
  const distances = exactDistances(rows)
  const measured = squared ? distances : distances.map(Math.sqrt)
  return lowest(krumScores(measured, n, [...rows.keys()], neighbourCount(n, f, neighbours)), count)
}
