import { z } from 'zod'
import { defineAttack } from './attack.ts'
import { knownVectors } from './known.ts'
import { meanOf } from './statistics.ts'

/**
 * Inner product manipulation: send -tau times the mean of the known honest vectors, so that the aggregate's inner
 * product with the honest mean turns negative.
 *
 * Xie, Koyejo, Gupta 2020 (Fall of Empires), https://arxiv.org/abs/1903.03936, section 4 (their epsilon is tau).
 * Choices: tau is 2 by default, as in ByzFL. O(m d).
 */
export const innerProductManipulation = defineAttack({
  name: 'inner-product-manipulation',
  summary: 'Minus tau times the mean of the known honest vectors',
  reference: 'https://arxiv.org/abs/1903.03936',
  knowledge: ['colluders', 'neighbourhood', 'omniscient'],
  parameters: {
    tau: z.number().default(2).describe('How many times the honest mean is sent, with the sign turned'),
  },
  leastColluders: () => 1,
  craft(known, { tau }) {
    const mean = meanOf(knownVectors(known))
    return { output: Float32Array.from(mean, (value) => -tau * value) }
  },
})
