import { defineAttack } from '../attack.ts'
import { ownVector } from '../math/known.ts'

/**
 * Label flipping: the Byzantine peer trains on y -> classes - 1 - y and sends what comes of it. It poisons the training, not the
 * vector: what is sent is an ordinary update for the wrong labels.
 *
 * Tolpegin et al. 2020, https://arxiv.org/abs/2007.08432; the map is that of Fang et al. 2020 and ByzFL (9 - y).
 * Choices: the Byzantine peer's own model is trained on flipped labels alone, so that its whole state is poisoned, and
 * every colluder sends its own vector. O(d).
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
