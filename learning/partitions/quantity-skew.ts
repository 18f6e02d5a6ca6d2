import * as z from 'zod'
import { permutation } from '../random.ts'
import { cutsAt, withoutEmpty } from './cuts.ts'
import { dirichletShares } from './dirichlet-shares.ts'
import { definePartition } from './partition.ts'

/**
 * Quantity skew: every peer holds a random sample of all classes, but some hold far more than others. Draws the shares
 * of the n peers once from a symmetric Dirichlet(alpha), and cuts the shuffled examples at the cumulated shares.
 *
 * Li et al. 2022, https://arxiv.org/abs/2102.02079, section 3 (quantity skew, q ~ Dir(beta)).
 * Choices: rounds cuts to the nearest example. A peer without examples takes one (the last by index) from the peer with
 * the most, lowest index first, as in dirichlet.
 */
export const quantitySkew = definePartition({
  name: 'quantity-skew',
  summary: 'Random samples of all classes, with sizes from a Dirichlet distribution',
  reference: 'https://arxiv.org/abs/2102.02079',
  parameters: {
    alpha: z.number().positive().describe('Concentration: 0.5 gives very unequal sizes, 100 nearly equal ones'),
  },
  split({ alpha }, labels, n, random) {
    const count = labels.length
    if (count < n) throw new RangeError(`quantity-skew cannot give each of ${n} peers an example: there are ${count}`)
    const order = permutation(random, count)
    let start = 0
    return withoutEmpty(
      cutsAt(dirichletShares(random, alpha, n), count).map((end) => {
        const own = [...order.subarray(start, end)]
        start = end
        return own
      }),
    )
  },
})
