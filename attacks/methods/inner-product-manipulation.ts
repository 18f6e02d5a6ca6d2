import * as z from 'zod'
import { defineAttack } from '../attack.ts'
import { displacementOf } from '../math/displacement.ts'
import { knownVectors } from '../math/known.ts'
import { lineSearch, searchParameters } from '../math/line-search.ts'
import { meanOf } from '../math/statistics.ts'

/**
 * Inner product manipulation: send -tau times the mean of the known honest vectors, so that the aggregate has a
 * negative inner product with the honest mean.
 *
 * Xie, Koyejo, Gupta 2020 (Fall of Empires), https://arxiv.org/abs/1903.03936 (their epsilon is tau).
 * Choices: tau is 2 by default, as in ByzFL. O(m d).
 * `tau: optimised` runs a line search for the tau that moves the victims' aggregate farthest (`displacement.ts`). Each
 * evaluation costs one aggregation for each kind of victim.
 */
export const innerProductManipulation = defineAttack({
  name: 'inner-product-manipulation',
  summary: 'Minus tau times the mean of the known honest vectors',
  reference: 'https://arxiv.org/abs/1903.03936',
  requires: 'm >= 1',
  cost: 'm d; a search: one aggregation per evaluation',
  knowledge: ['colluders', 'neighbourhood', 'omniscient'],
  shareable: true,
  parameters: {
    tau: z
      .union([z.number(), z.literal('optimised')])
      .default(2)
      .describe(
        "Multiple of the honest mean that is sent with the opposite sign; optimised: a line search against the victims' rule",
      ),
    search: searchParameters,
  },
  minColluders: () => 1,
  craft(known, { tau, search }, context) {
    const mean = meanOf(knownVectors(known))
    const turned = (factor: number): Float64Array => mean.map((value) => -factor * value)
    if (tau !== 'optimised') return { output: Float32Array.from(turned(tau)) }
    const gain = displacementOf(known, context, 'inner-product-manipulation')
    const { z: factor, trace } = lineSearch((tried) => gain(turned(tried)), search)
    return { output: Float32Array.from(turned(factor)), z: factor, trace }
  },
  conformance: [{}, { config: { tau: 'optimised' } }],
})
