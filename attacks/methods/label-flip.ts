import { defineAttack } from '../attack.ts'
import { ownVector } from '../math/known.ts'

/**
 * Label flipping: the Byzantine peer trains on labels y -> classes - 1 - y and sends the result. It poisons the
 * training, not the vector: the update is an ordinary one for the wrong labels.
 *
 * Tolpegin et al. 2020, https://arxiv.org/abs/2007.08432; the map is that of Fang et al. 2020 and ByzFL (9 - y).
 * Choices: the Byzantine peer trains its own model on flipped labels only, so its whole state is poisoned. Every
 * colluder sends its own vector. O(d).
 */
export const labelFlip = defineAttack({
  name: 'label-flip',
  summary: 'Trains on the labels classes - 1 - y and sends the result',
  reference: 'https://arxiv.org/abs/2007.08432',
  requires: 'its own training',
  cost: 'd',
  knowledge: ['colluders', 'neighbourhood', 'omniscient'],
  parameters: {},
  minColluders: () => 1,
  flipsLabels: () => true,
  craft: (known, _, context) => ({ output: ownVector(known, context).slice() }),
})
