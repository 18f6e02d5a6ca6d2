import * as z from 'zod'

/** Variants of the Krum family, each with its source. */
export const krumParameters = {
  neighbours: z
    .enum(['n-f-2', 'n-f-1', 'n-f'])
    .default('n-f-2')
    .describe(
      "How many nearest other vectors a score counts: n-f-2 (the paper), n-f-1 (ByzFL), n-f (the LIE authors' code)",
    ),
  squared: z
    .boolean()
    .default(true)
    .describe("Sum squared distances (the paper), or plain ones (the LIE authors' code)"),
}
export type KrumNeighbours = z.output<typeof krumParameters.neighbours>

/** Minimum n: n > 2f + 2 for the paper's neighbours, n > 2f for the wider variants; any n with f = 0. */
export function minForKrum(f: number, neighbours: KrumNeighbours): number {
  if (f === 0) return 1
  return neighbours === 'n-f-2' ? 2 * f + 3 : 2 * f + 1
}

/** Number of other vectors in the score of one of n vectors: at least 1, at most n - 1. */
export function neighbourCount(n: number, f: number, neighbours: KrumNeighbours): number {
  const wanted = n - f - { 'n-f-2': 2, 'n-f-1': 1, 'n-f': 0 }[neighbours]
  return Math.min(n - 1, Math.max(1, wanted))
}

/**
 * Krum scores of some members of n vectors: the sum of the distances to the `count` nearest other members, added from
 * the nearest outwards. `distances` (n x n) are squared or plain, as the variant requires. O(|members|^2 log n).
 */
export function krumScores(distances: Float64Array, n: number, members: readonly number[], count: number): number[] {
  const row = new Float64Array(Math.max(0, members.length - 1))
  return members.map((i) => {
    let at = 0
    for (const j of members) if (j !== i) row[at++] = distances[i * n + j] as number
    row.sort()
    let score = 0
    for (let rank = 0; rank < count; rank++) score += row[rank] as number
    return score
  })
}

/** Positions of the `count` lowest scores, ascending; ties go to the lowest position. */
export function lowest(scores: readonly number[], count: number): number[] {
  return scores
    .map((_, i) => i)
    .sort((a, b) => (scores[a] as number) - (scores[b] as number) || a - b)
    .slice(0, count)
    .sort((a, b) => a - b)
}
