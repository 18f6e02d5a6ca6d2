import { combination } from '../math/combination.ts'
import { distancesOf } from '../math/distances.ts'
import { defineRule, tolerance } from '../rule.ts'
import { withoutFarthest } from './faba.ts'

/**
 * Iterative outlier scissor: drop the neighbour farthest from the weighted mean of those that remain, f times; the peer
 * never drops its own vector. The output is the weighted mean of the rest, with weights scaled to sum to 1.
 *
 * Wu, Chen, Ling 2023, https://arxiv.org/abs/2206.04568. The paper's guarantee needs a Byzantine weight below 1/3; the
 * rule is defined for n > 2f.
 * Choices: mixing weights are used. Among equally distant vectors the one with the lowest index stays. O(n^2 d + f n^2)
 * time, O(n^2 + d) memory.
 */
export const ios = defineRule({
  name: 'ios',
  summary: "Drops the neighbour farthest from the weighted mean, f times, never the peer's own vector",
  reference: 'https://arxiv.org/abs/2206.04568',
  parameters: { f: tolerance },
  cost: 'n^2 d',
  requires: 'n > 2f',
  minimum: ({ f }) => 2 * f + 1,
  selfCentred: () => true,
  aggregate(input, { f }) {
    const { vectors, own, weights } = input
    const n = vectors.length
    const rest = withoutFarthest(distancesOf(input), n, f, weights, own)
    const total = rest.reduce((sum, i) => sum + (weights[i] as number), 0)
    const influence = new Array<number>(n).fill(0)
    for (const i of rest) influence[i] = total > 0 ? (weights[i] as number) / total : 1 / rest.length
    return { output: combination(vectors, influence), influence }
  },
})
