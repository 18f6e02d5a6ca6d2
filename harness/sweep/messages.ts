import type { Experiment } from '#protocol/experiment/schema.ts'
import type { Verdict } from '#report/summary/summary.ts'
import type { CheckpointOptions } from '../store/checkpoints.ts'

/** A message from a sweep to one of its child processes. */
export type ToChild =
  | {
      readonly type: 'run'
      readonly experiment: Experiment
      /** The run's own folder. */
      readonly folder: string
      /** False leaves out report.html. */
      readonly report: boolean
      readonly checkpoints: CheckpointOptions
    }
  | { readonly type: 'stop' }

/** A message from a child process to the sweep. */
export type FromChild =
  /** Share of the run that is done, 0 to 1. */
  | { readonly type: 'progress'; readonly share: number }
  | { readonly type: 'said'; readonly line: string }
  | {
      readonly type: 'done'
      readonly verdict: Verdict
      readonly wallMs: number
      /** The files that could not be written, with the reasons. */
      readonly lost: readonly string[]
      readonly accuracy: { readonly mean: number; readonly worst: number }
    }
  /** The run has no summary: starting revealed bad input, or Hearsay failed. */
  | { readonly type: 'failed'; readonly message: string }
