import * as z from 'zod'
import { defineAttack } from '../attack.ts'
import { ownVector } from '../math/known.ts'

/**
 * Non-finite numbers: a single one in a mean makes the whole model useless. Transports therefore reject such an update
 * (`not-finite`) before any rule sees it. The run shows the remaining effect: a silent neighbour.
 *
 * ByzFL's Inf (LPD-EPFL/byzfl 69bd1ac) sends Infinity in every coordinate. The default here is NaN, because it passes
 * comparisons that Infinity fails. O(d).
 */
export const nonFinite = defineAttack({
  name: 'non-finite',
  summary: 'NaN or Infinity in every coordinate, or in the first only',
  reference: 'https://arxiv.org/abs/2505.24802',
  requires: 'nothing',
  cost: 'd',
  knowledge: ['colluders', 'neighbourhood', 'omniscient'],
  parameters: {
    value: z.enum(['NaN', 'Infinity', '-Infinity']).default('NaN').describe('The number to send'),
    where: z
      .enum(['everywhere', 'first'])
      .default('everywhere')
      .describe('All coordinates, or the first one of an otherwise honest vector'),
  },
  minColluders: () => 1,
  craft(known, { value, where }, context) {
    const output = ownVector(known, context).slice()
    return { output: output.fill(Number(value), 0, where === 'first' ? 1 : output.length) }
  },
  conformance: [{ unusable: true }],
})
