import type { RosterEntry } from '#protocol/record/events.ts'
import type { CoordinatorOptions } from './options.ts'
import type { Seats } from './seats.ts'

/** Every peer of the plan with its role and, if its seat is taken, its identity. */
export function rosterOf(
  { plan, holdings, dataUrlOf }: Pick<CoordinatorOptions, 'plan' | 'holdings' | 'dataUrlOf'>,
  seats: Seats,
): RosterEntry[] {
  return Array.from({ length: plan.n }, (_, peer) => {
    const seat = seats.at(peer)
    return {
      peer,
      kind: seat?.kind ?? (dataUrlOf?.(peer) === undefined ? 'process' : 'tab'),
      role: plan.byzantine.includes(peer) ? 'byzantine' : 'honest',
      neighbours: plan.neighbours[peer] ?? [],
      ...(seat ? { id: seat.peerId, engine: seat.engine } : {}),
      ...(seat?.batchSeed === undefined ? {} : { batchSeed: seat.batchSeed }),
      ...(holdings[peer] ?? { examples: 0 }),
    }
  })
}
