import { z } from 'zod'
import { exponential, gamma, logarithm, permutation, type Random } from '../random.ts'
import { definePartition } from './partition.ts'

/**
 * Label skew: for each class, the shares of the n peers are drawn from a symmetric Dirichlet(alpha) and the
 * shuffled examples of the class are cut at the cumulated shares. A small alpha gives each peer few classes; a
 * large one tends to iid.
 *
 * Hsu et al. 2019, https://arxiv.org/abs/1909.06335, section 3, draws the class shares of each client instead;
 * this is the class-wise form of Yurochkin et al. 2019, https://arxiv.org/abs/1905.12022, section 4, which
 * most later work uses. Choices: cuts are rounded to the nearest example. A peer that is left with nothing
 * takes one example (the last by index) from the peer that holds the most, lowest index first; there is no
 * redraw, since with a small alpha and many peers none may ever succeed.
 */
export const dirichlet = definePartition({
  name: 'dirichlet',
  summary: 'Label skew: the share of each class that a peer holds is drawn from a Dirichlet distribution',
  reference: 'https://arxiv.org/abs/1909.06335',
  parameters: {
    alpha: z.number().positive().describe('Concentration: 0.1 is a strong skew, 1 a mild one, 100 nearly iid'),
  },
  split({ alpha }, labels, n, random) {
    if (labels.length < n) {
      throw new RangeError(`dirichlet cannot give each of ${n} peers an example: there are ${labels.length}`)
    }
    const classes: number[][] = []
    labels.forEach((label, index) => {
      classes[label] ??= []
      classes[label].push(index)
    })
    const shards = Array.from({ length: n }, (): number[] => [])
    for (const members of classes) {
      if (!members) continue
      const order = permutation(random, members.length)
      let cumulated = 0
      let start = 0
      dirichletShares(random, alpha, n).forEach((share, peer) => {
        cumulated += share
        const end = peer === n - 1 ? members.length : Math.min(members.length, Math.round(cumulated * members.length))
        for (let k = start; k < end; k++) shards[peer]?.push(members[order[k] as number] as number)
        start = Math.max(start, end)
      })
    }
    for (const shard of shards) shard.sort((a, b) => a - b)
    for (const shard of shards) {
      if (shard.length > 0) continue
      const largest = shards.reduce((best, other) => (other.length > best.length ? other : best))
      shard.push(largest.pop() as number)
    }
    return shards.map((shard) => Uint32Array.from(shard))
  },
})

/**
 * n shares from the symmetric Dirichlet(alpha): normalised Gamma(alpha) variates, kept as logarithms by
 * log Gamma(alpha) = log Gamma(alpha + 1) + log(U) / alpha (Marsaglia and Tsang 2000, section 6), since for a
 * small alpha the variates themselves underflow to 0.
 */
function dirichletShares(random: Random, alpha: number, n: number): number[] {
  const logs = Array.from({ length: n }, () => logarithm(gamma(random, alpha + 1)) + logarithm(1 - random()) / alpha)
  const largest = Math.max(...logs)
  const variates = logs.map((value) => exponential(value - largest))
  const sum = variates.reduce((total, value) => total + value, 0)
  return variates.map((value) => value / sum)
}
