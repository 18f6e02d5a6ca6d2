import { defineAttack } from '../attack.ts'
import { knownVectors } from '../math/known.ts'
import { meanOf } from '../math/statistics.ts'

/**
 * Sign flipping: send minus the mean of the known honest vectors.
 *
 * Li et al. 2019 (RSA), https://arxiv.org/abs/1811.03761.
 * Choices: the mean of the known vectors, as in ByzFL, not the crafting peer's own vector. O(m d).
 */
export const signFlip = defineAttack({
  name: 'sign-flip',
  summary: 'Minus the mean of the known honest vectors',
  reference: 'https://arxiv.org/abs/1811.03761',
  requires: 'm >= 1',
  cost: 'm d',
  knowledge: ['colluders', 'neighbourhood', 'omniscient'],
  shareable: true,
  parameters: {},
  minColluders: () => 1,
  craft(known) {
    const mean = meanOf(knownVectors(known))
    return { output: Float32Array.from(mean, (value) => -value) }
  },
})
