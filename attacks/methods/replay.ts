import * as z from 'zod'
import { type AttackState, defineAttack } from '../attack.ts'
import { ownVector } from '../math/known.ts'

/**
 * Replay: send the Byzantine peer's own honest vector of some rounds ago as this round's.
 *
 * Stale updates, here sent on purpose: Xie, Koyejo, Gupta 2020 (Zeno++), https://arxiv.org/abs/1903.07020.
 * Choices: the old numbers travel with a fresh header; transports reject a header of an old round as `late` before any
 * rule sees it. Until `age` rounds have passed, the first vector is sent again. O(d) time, O(age d) memory.
 */
export const replay = defineAttack({
  name: 'replay',
  summary: 'An honest vector of some rounds ago, sent as new',
  reference: 'https://arxiv.org/abs/1903.07020',
  requires: 'its own vectors of age rounds',
  cost: 'd, memory age d',
  knowledge: ['colluders', 'neighbourhood', 'omniscient'],
  parameters: { age: z.int().min(1).max(1000).default(5).describe('How many rounds old the vector is') },
  minColluders: () => 1,
  craft(known, { age }, context) {
    const past = Object.entries(context.state ?? {}).sort(([a], [b]) => Number(a) - Number(b))
    const state: AttackState = Object.fromEntries([
      ...past.filter(([round]) => Number(round) >= context.round - age && Number(round) < context.round),
      [`${context.round}`, ownVector(known, context).slice()],
    ])
    const oldest = String(Math.min(...Object.keys(state).map(Number)))
    return { output: (state[oldest] as Float32Array).slice(), state }
  },
})
