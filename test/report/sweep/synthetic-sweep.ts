import { randomStream } from '#learning/random.ts'
import { type Sweep, sweepSchema } from '#protocol/experiment/sweep-schema.ts'
import { summarise } from '#report/summary/summarise.ts'
import type { Summary } from '#report/summary/summary.ts'
import type { Axis, Cell, SweepPlan, SweepResults } from '#report/sweep/results.ts'
import { quickstartResult } from '../synthetic.ts'

/** The final accuracy of a run, by its labels. */
export type Ends = (coordinates: Readonly<Record<string, string>>) => number

export interface SyntheticSweep {
  readonly axes: readonly Axis[]
  readonly seeds: readonly number[]
  readonly ends: Ends
  /** Standard deviation between seeds. */
  readonly noise?: number
  readonly list?: readonly string[]
  readonly sweep?: Partial<Sweep>
}

/**
 * A finished sweep over all labels with final accuracies of `ends`, and noise between seeds that cells share by half.
 */
export function syntheticSweep({
  axes,
  seeds,
  ends,
  noise = 0.01,
  list = [],
  sweep = {},
}: SyntheticSweep): SweepResults {
  const combinations = axes.reduce<Record<string, string>[]>(
    (found, { name, labels }) => found.flatMap((cell) => labels.map((label) => ({ ...cell, [name]: label }))),
    [{}],
  )
  const cells: Cell[] = [...combinations, ...list.map((label) => ({ baseline: label }))].map((coordinates) => ({
    coordinates,
    changes: { ...coordinates },
  }))
  const runs = seeds.flatMap((seed) =>
    cells.map((_, cell) => ({ cell, seed, experimentId: `${cell}`.padStart(8, 'f'), folder: `runs/${cell}-${seed}` })),
  )
  const { hypotheses, figures, published } = sweepSchema.parse(sweep)
  const plan: SweepPlan = {
    name: 'synthetic',
    question: 'Which rule stands its ground against the worst of the attacks?',
    hearsayVersion: '0.1.0',
    axes: list.length > 0 ? [...axes, { name: 'baseline', labels: list }] : axes,
    cells,
    seeds,
    runs,
    hypotheses,
    figures,
    published,
  }
  const finished = runs.map((run) => {
    const shared = randomStream(run.seed, 'shared')() - 0.5
    const own = randomStream(run.seed, 'own', run.cell)() - 0.5
    // A uniform number of width 1 has a standard deviation of 0.289.
    const end = ends(cells[run.cell]?.coordinates ?? {}) + (noise * (shared + own)) / (0.289 * Math.SQRT2)
    return { run, summary: summaryEndingAt(end) }
  })
  return { plan, finished, missing: [] }
}

const template = summarise(quickstartResult())

/** A summary of a run whose mean accuracy rises to `end`; its worst peer is two points below. */
export function summaryEndingAt(end: number): Summary {
  const rounds = [4, 9, 14, 19, 24, 29, 34, 39]
  const rise = rounds.map((round) => Math.max(0.05, end * (1 - 0.8 * Math.exp(-(round + 1) / 8))))
  const accuracyMean = [...rise.slice(0, -1), end]
  const accuracyWorst = accuracyMean.map((value) => value - 0.02)
  return {
    ...template,
    curves: {
      rounds,
      accuracyMean,
      accuracyWorst,
      accuracyP10: accuracyWorst,
      lossMean: accuracyMean.map((value) => 2 * (1 - value)),
    },
    metrics: {
      ...template.metrics,
      accuracy: { ...template.metrics.accuracy, mean: end, worst: end - 0.02, best: Math.max(...accuracyMean) },
    },
    verdict: { kind: 'as expected', exitCode: 0, expectations: [], lines: [] },
  }
}
