import type { Displacement, NeighbourhoodFigures } from '../figures/figures.ts'
import type { Checkpoint } from '../peer/checkpoint.ts'
import type { LoggedEvent } from '../record/events.ts'

/** What a run has to keep to go on later: the simulation's own checkpoint, and what the harness made of it so far. */
export interface RunCheckpoint {
  readonly simulation: Checkpoint
  /** Whose numbers they are: another engine computes others. */
  readonly engine: string
  /** Events that were logged before. */
  readonly events: number
  readonly neighbourhoods: readonly NeighbourhoodFigures[]
  readonly consensus: readonly { readonly round: number; readonly distance: number }[]
  readonly displacements?: readonly Displacement[]
}

/** Keeps the checkpoints of one run. */
export interface Checkpoints {
  /** Where an earlier attempt got to, with its events up to there. */
  readonly earlier?: RunCheckpoint & { readonly log: readonly LoggedEvent[] }
  /** Wall time of the earlier attempts up to there. */
  readonly earlierMs: number
  /** Whether it is time for one. */
  due(): boolean
  save(checkpoint: RunCheckpoint): void
  remove(): void
}
