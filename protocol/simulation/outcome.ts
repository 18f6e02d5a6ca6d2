import type { Displacement, NeighbourhoodFigures } from '../figures/figures.ts'
import type { LoggedEvent, RosterEntry } from '../record/events.ts'

/** The result of a launcher, the same for every runtime. */
export interface RunOutcome {
  readonly outcome: 'finished' | 'broke' | 'interrupted'
  /** If the swarm broke, the reason in one line. */
  readonly failure?: string
  readonly roster: readonly RosterEntry[]
  readonly log: readonly LoggedEvent[]
  readonly neighbourhoods: readonly NeighbourhoodFigures[]
  readonly consensus: readonly { readonly round: number; readonly distance: number }[]
  /** Displacements of victims at evaluated rounds; only simulations measure them. */
  readonly displacements?: readonly Displacement[]
  /** Whether the figures are exact (simulation) or estimates from sketches. */
  readonly exact: boolean
  readonly transcriptHash: string | null
}

/** Receives every event as it comes. */
export type Watch = (event: LoggedEvent) => void
