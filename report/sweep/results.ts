import type { Hypothesis, PublishedNumber, SweepFigure } from '#protocol/experiment/sweep-schema.ts'
import type { Summary } from '../summary/summary.ts'

/** An axis of a sweep with the labels of its values, in the order of the file; `list` is an axis too. */
export interface Axis {
  readonly name: string
  readonly labels: readonly string[]
}

/** One point of the design, without the seed. */
export interface Cell {
  /** Label by axis name; a `list` cell has a label only on its own axis. */
  readonly coordinates: Readonly<Record<string, string>>
  /** Paths of the experiment and their values. */
  readonly changes: Readonly<Record<string, unknown>>
}

export interface PlannedRun {
  /** Index into `cells`. */
  readonly cell: number
  readonly seed: number
  readonly experimentId: string
  /** Run folder, relative to the sweep's. */
  readonly folder: string
}

/** A planned run that no cell counts, with the reason. */
export interface MissingRun extends PlannedRun {
  /** `unfinished`: still running, or interrupted. */
  readonly state: 'not begun' | 'unfinished' | 'broke'
  /** Details in words, if there are any. */
  readonly reason: string | null
}

/** `plan.json` of a sweep folder. */
export interface SweepPlan {
  readonly name: string
  readonly question: string | null
  readonly hearsayVersion: string
  readonly axes: readonly Axis[]
  readonly cells: readonly Cell[]
  readonly seeds: readonly number[]
  /** In the order in which they are started: all cells with the first seed, then with the second. */
  readonly runs: readonly PlannedRun[]
  readonly hypotheses: readonly Hypothesis[]
  readonly figures: readonly SweepFigure[]
  readonly published: readonly PublishedNumber[]
}

/** The contents of a sweep folder: the plan and the finished runs. */
export interface SweepResults {
  readonly plan: SweepPlan
  readonly finished: readonly { readonly run: PlannedRun; readonly summary: Summary }[]
  /** Planned runs that are not finished, or broke. */
  readonly missing: readonly MissingRun[]
}
