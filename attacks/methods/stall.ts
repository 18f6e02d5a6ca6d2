import * as z from 'zod'
import { defineAttack } from '../attack.ts'
import { ownVector } from '../math/known.ts'

/**
 * Stalling: send nothing, or `drip`: send the honest vector so late that rounds that wait for it last as long as
 * possible.
 *
 * Crash and delay faults: Lamport, Shostak, Pease 1982, https://doi.org/10.1145/357172.357176.
 * Choices: drip holds the update back for a share of the round's deadline, counted from the Byzantine peer's own send.
 * With a share of 1 or more the update is late. O(d).
 */
export const stall = defineAttack({
  name: 'stall',
  summary: 'Nothing at all, or the honest vector just before the deadline',
  reference: 'https://doi.org/10.1145/357172.357176',
  requires: 'nothing',
  cost: 'none',
  knowledge: ['colluders', 'neighbourhood', 'omniscient'],
  parameters: {
    mode: z.enum(['silent', 'drip']).default('silent').describe('silent: send nothing; drip: send late'),
    share: z
      .number()
      .gt(0)
      .max(2)
      .default(0.9)
      .describe('With mode: drip: share of the deadline that passes before the send'),
  },
  minColluders: () => 1,
  craft: (known, { mode, share }, context) =>
    mode === 'silent' ? { output: null } : { output: ownVector(known, context).slice(), holdBack: share },
  arrives: ({ mode, share }) => (mode === 'silent' || share >= 1 ? 'never' : 'late'),
  conformance: [{ unusable: true }, { config: { mode: 'drip' } }],
})
