import { z } from 'zod'
import { permutation } from '../random.ts'
import { cutsAt, withoutEmpty } from './cuts.ts'
import { dirichletShares } from './dirichlet-shares.ts'
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
      let start = 0
      cutsAt(dirichletShares(random, alpha, n), members.length).forEach((end, peer) => {
        for (; start < end; start++) shards[peer]?.push(members[order[start] as number] as number)
      })
    }
    return withoutEmpty(shards)
  },
})
