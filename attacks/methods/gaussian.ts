import * as z from 'zod'
import { defineAttack } from '../attack.ts'
import { knownVectors } from '../math/known.ts'
import { normal } from '../math/stand-ins.ts'
import { meanOf } from '../math/statistics.ts'

/**
 * Gaussian noise: every coordinate is drawn from N(mu, sigma^2), centred on zero or on the mean of the known vectors.
 *
 * Blanchard et al. 2017 (Krum), https://arxiv.org/abs/1703.02757 ("Gaussian Byzantine", sigma 200 there).
 * Choices: mu 0 and sigma 1 by default, as in ByzFL. All colluders draw the same numbers. O(m d).
 */
export const gaussian = defineAttack({
  name: 'gaussian',
  summary: 'Normal noise in every coordinate',
  reference: 'https://arxiv.org/abs/1703.02757',
  requires: 'm >= 1',
  cost: 'm d',
  knowledge: ['colluders', 'neighbourhood', 'omniscient'],
  shareable: true,
  parameters: {
    mu: z.number().default(0).describe('Mean of the noise'),
    sigma: z.number().min(0).default(1).describe('Standard deviation of the noise'),
    centre: z
      .enum(['zero', 'mean'])
      .default('zero')
      .describe('Vector that the noise is added to: zero, or the mean of the known vectors'),
  },
  minColluders: () => 1,
  craft(known, { mu, sigma, centre }, { random }) {
    const mean = meanOf(knownVectors(known))
    const from = centre === 'mean' ? mean : new Float64Array(mean.length)
    return { output: Float32Array.from(from, (value) => value + mu + sigma * normal(random)) }
  },
  conformance: [{}, { config: { mu: 2, sigma: 3, centre: 'mean' } }],
})
