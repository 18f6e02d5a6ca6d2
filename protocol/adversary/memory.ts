import type { Conduct } from '../peer/conduct.ts'
import type { AttackStates } from './crafting.ts'
import type { CoalitionMember, ColluderVectors } from './member.ts'

/**
 * The memory of a colluder across rounds. The vectors `shared` and `told` serve one round only, so it leaves them out.
 */
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
