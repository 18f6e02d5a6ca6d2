import type { Displacement, NeighbourhoodFigures } from '../figures/figures.ts'
import type { LoggedEvent, RosterEntry } from '../record/events.ts'

/** What a launcher hands back: the same for every runtime. */
export interface RunOutcome {
  readonly outcome: 'finished' | 'broke' | 'interrupted'
  /** One line of why, where the swarm broke. */
  readonly failure?: string
  readonly roster: readonly RosterEntry[]
  readonly log: readonly LoggedEvent[]
  readonly neighbourhoods: readonly NeighbourhoodFigures[]
  readonly consensus: readonly { readonly round: number; readonly distance: number }[]
  /** Of victims at evaluated rounds; simulations measure it. */
  readonly displacements?: readonly Displacement[]
  /** Whether the figures are exact (simulation) or estimates from sketches. */
  readonly exact: boolean
  readonly transcriptHash: string | null
}

/** Sees every event as it comes. */
export type Watch = (event: LoggedEvent) => void
