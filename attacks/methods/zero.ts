import { defineAttack } from '../attack.ts'
import { ownVector } from '../math/known.ts'

/**
 * Zero: send the zero vector, which pulls a model towards zero and slows a sum of gradients.
 *
 * Li et al. 2019 (RSA), https://arxiv.org/abs/1811.03761 ("same-value attacks", with the value 0). O(d).
 */
export const zero = defineAttack({
  name: 'zero',
  summary: 'The zero vector',
  reference: 'https://arxiv.org/abs/1811.03761',
  requires: 'nothing',
  cost: 'd',
  knowledge: ['colluders', 'neighbourhood', 'omniscient'],
  parameters: {},
  minColluders: () => 1,
  craft: (known, _, context) => ({ output: new Float32Array(ownVector(known, context).length) }),
})
