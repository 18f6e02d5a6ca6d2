import type { Conduct } from '../peer/conduct.ts'
import type { AttackStates } from './crafting.ts'
import type { CoalitionMember, ColluderVectors } from './member.ts'

/** What a colluder remembers across rounds; what was shared and told serves one round only. */
export function conductMemory(
  { attack }: CoalitionMember,
  { heard }: ColluderVectors,
  states: AttackStates,
): NonNullable<Conduct['memory']> {
  return {
    snapshot: () => ({
      heard: attack.knowledge === 'colluders' ? new Map() : heard.entries(),
      states: new Map(states),
    }),
    restore(memory) {
      heard.restore(memory.heard)
      for (const [victim, state] of memory.states) states.set(victim, state)
    },
  }
}
