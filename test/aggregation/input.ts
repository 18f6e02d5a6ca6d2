import type { AggregationInput } from '#aggregation/rule.ts'

/** Input of a rule with the given rows, at one peer of a complete graph in round 0 of 1. */
export function inputOf(
  rows: readonly (readonly number[])[],
  more: Partial<Omit<AggregationInput, 'vectors'>> = {},
): AggregationInput {
  return {
    vectors: rows.map((row) => Float32Array.from(row)),
    own: 0,
    weights: rows.map(() => 1 / rows.length),
    round: 0,
    rounds: 1,
    ...more,
  }
}
