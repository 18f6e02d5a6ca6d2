import { defineAttack } from './attack.ts'

/**
 * Sign flipping: send minus the mean of the known honest vectors.
 *
 * Li et al. 2019 (RSA), https://arxiv.org/abs/1811.03761, section 5. Choices: the mean of the known vectors,
 * as in ByzFL, not the crafting peer's own vector. O(m d).
 */
export const signFlip = defineAttack({
  name: 'sign-flip',
  summary: 'Minus the mean of the known honest vectors',
  reference: 'https://arxiv.org/abs/1811.03761',
  knowledge: ['colluders', 'neighbourhood', 'omniscient'],
  parameters: {},
  leastColluders: () => 1,
  craft({ colluders }) {
    const d = colluders[0]?.length ?? 0
    const output = new Float32Array(d)
    for (let k = 0; k < d; k++) {
      let sum = 0
      for (const vector of colluders) sum += vector[k] as number
      output[k] = -sum / colluders.length
    }
    return { output }
  },
})
