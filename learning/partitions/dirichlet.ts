import * as z from 'zod'
import { permutation } from '../random.ts'
import { cutsAt, withoutEmpty } from './cuts.ts'
import { dirichletShares } from './dirichlet-shares.ts'
import { definePartition } from './partition.ts'

/**
 * Label skew: for each class, draws the shares of the n peers from a symmetric Dirichlet(alpha), and cuts the shuffled
 * examples of the class at the cumulated shares. A small alpha gives each peer few classes; a large one tends to iid.
 *
 * Source: Yurochkin et al. 2019, https://arxiv.org/abs/1905.12022, section 4: the class-wise form, which most later
 * work uses. Hsu et al. 2019, https://arxiv.org/abs/1909.06335, section 3, draws the class shares of each client
 * instead.
 * Choices: rounds cuts to the nearest example. A peer without examples takes one (the last by index) from the peer with
 * the most, lowest index first. There is no redraw: with a small alpha and many peers a redraw may never succeed.
 */
export const dirichlet = definePartition({
  name: 'dirichlet',
  summary: 'Label skew: a Dirichlet distribution gives the share of each class that a peer holds',
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
      let start = 0
      cutsAt(dirichletShares(random, alpha, n), members.length).forEach((end, peer) => {
        for (; start < end; start++) shards[peer]?.push(members[order[start] as number] as number)
      })
    }
    return withoutEmpty(shards)
  },
})
