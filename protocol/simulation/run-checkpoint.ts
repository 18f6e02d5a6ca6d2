import type { Displacement, NeighbourhoodFigures } from '../figures/figures.ts'
import type { Checkpoint } from '../peer/checkpoint.ts'
import type { LoggedEvent } from '../record/events.ts'

/** The checkpoint of a run: that of its simulation, with the figures so far. */
export interface RunCheckpoint {
  readonly simulation: Checkpoint
  /** The engine of the run; another engine computes other numbers. */
  readonly engine: string
  /** Number of events in the log so far. */
  readonly events: number
  readonly neighbourhoods: readonly NeighbourhoodFigures[]
  readonly consensus: readonly { readonly round: number; readonly distance: number }[]
  readonly displacements?: readonly Displacement[]
}

/** Keeps the checkpoints of one run. */
export interface Checkpoints {
  /** The checkpoint of an earlier attempt, with its events up to there. */
  readonly earlier?: RunCheckpoint & { readonly log: readonly LoggedEvent[] }
  /** Wall-clock time of the earlier attempts up to there, milliseconds. */
  readonly earlierMs: number
  /** Whether it is time for a checkpoint. */
  due(): boolean
  save(checkpoint: RunCheckpoint): void
  remove(): void
}
