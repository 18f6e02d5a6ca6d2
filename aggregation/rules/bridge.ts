import { combination } from '../math/combination.ts'
import { defineRule, tolerance } from '../rule.ts'
import { trimmedMean } from './trimmed-mean.ts'

/**
 * BRIDGE: in each coordinate, drop the f largest and f smallest values of the neighbours. Average the rest with the
 * peer's own value, which always stays.
 *
 * Yang, Bajwa 2019, https://arxiv.org/abs/1908.08098 (BRIDGE-T: at least 2f + 1 neighbours).
 * The authors' code (INSPIRE-Lab-US/Byzantine-resilient-distributed-learning) also trims the peer's own value, which is
 * `trimmed-mean`. Here it stays, as in the paper.
 * Choices: n counts the peer's own vector, so n > 2f + 1. Mixing weights are not used. The peer takes its gradient step
 * before the exchange. Influence is the share of kept values. O(n d) in practice, O(n + d) memory.
 */
export const bridge = defineRule({
  name: 'bridge',
  summary: "Coordinate-wise trimmed mean of the neighbours, averaged with the peer's own vector",
  reference: 'https://arxiv.org/abs/1908.08098',
  parameters: { f: tolerance },
  cost: 'n log n d',
  requires: 'n > 2f + 1 (n >= 1 with f = 0)',
  minimum: ({ f }) => (f === 0 ? 1 : 2 * f + 2),
  selfCentred: () => true,
  aggregate(input, { f }) {
    const { vectors, own } = input
    const others = vectors.filter((_, i) => i !== own)
    const mine = vectors[own] as Float32Array
    if (others.length === 0) return { output: mine.slice(), influence: [1] }
    const trimmed = trimmedMean.aggregate(
      { ...input, vectors: others, own: 0, weights: others.map(() => 1 / others.length) },
      { f, variant: 'symmetric', keep: 'n-2f' },
    )
    const share = 1 / (vectors.length - 2 * f)
    const influence = trimmed.influence.map((part) => part * (1 - share))
    influence.splice(own, 0, share)
    return { output: combination([mine, trimmed.output], [share, 1 - share]), influence }
  },
})
