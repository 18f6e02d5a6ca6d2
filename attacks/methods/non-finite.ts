import { z } from 'zod'
import { defineAttack } from '../attack.ts'
import { ownVector } from '../math/known.ts'

/**
 * Non-finite numbers: one of them in a mean makes the whole model useless, so that transports refuse such an update
 * (`not-finite`) before any rule sees it. The run then shows what is left: a silent neighbour.
 *
 * ByzFL's Inf (LPD-EPFL/byzfl 69bd1ac) sends Infinity in every coordinate; NaN is the default here, since it also
 * passes comparisons that Infinity fails. O(d).
 */
export const nonFinite = defineAttack({
  name: 'non-finite',
  summary: 'NaN or Infinity in every coordinate, or in the first alone',
  reference: 'https://arxiv.org/abs/2505.24802',
  requires: 'nothing',
  cost: 'd',
  knowledge: ['colluders', 'neighbourhood', 'omniscient'],
  parameters: {
    value: z.enum(['NaN', 'Infinity', '-Infinity']).default('NaN').describe('What stands in place of numbers'),
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
