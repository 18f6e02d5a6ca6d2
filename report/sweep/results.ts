import type { Hypothesis, PublishedNumber, SweepFigure } from '#protocol/experiment/sweep-schema.ts'
import type { Summary } from '../summary/summary.ts'

/** An axis of a sweep with the labels of its values, in the order of the file; `list` cells are an axis of their own. */
export interface Axis {
  readonly name: string
  readonly labels: readonly string[]
}

/** One point of the design, without the seed. */
export interface Cell {
  /** Axis name to label; axes that do not concern the cell (a cell of `list`) are left out. */
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

/** A planned run that counts nowhere, and why. */
export interface MissingRun extends PlannedRun {
  /** Nobody began it; it was begun and is not at its end, since it goes on or was stopped; or it broke. */
  readonly state: 'not begun' | 'unfinished' | 'broke'
  /** In words, where there is more to say. */
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

/** What a sweep folder holds: the plan and the runs that are finished, whoever made them. */
export interface SweepResults {
  readonly plan: SweepPlan
  readonly finished: readonly { readonly run: PlannedRun; readonly summary: Summary }[]
  /** Planned and not (yet) there, or broken. */
  readonly missing: readonly MissingRun[]
}
