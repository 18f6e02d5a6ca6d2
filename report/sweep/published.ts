import type { PublishedNumber } from '#protocol/experiment/sweep-schema.ts'
import { type Measured, matches, metricOf, type Sample } from './samples.ts'
import { type Estimate, estimateOf } from './student-t.ts'

export interface Comparison {
  readonly published: PublishedNumber
  /** Our value of the published metric, over seeds. */
  readonly ours: Estimate
  /** Ours minus theirs; NaN if no run is finished. */
  readonly difference: number
  /** Best and last mean accuracy of the same cells. */
  readonly best: Estimate
  readonly last: Estimate
}

/** A published number beside the values of its cells, averaged over seeds. */
export function compare(published: PublishedNumber, samples: readonly Sample[]): Comparison {
  const cells = samples.filter((sample) => matches(sample.coordinates, published.where))
  const over = (metric: string): Estimate => overSeeds(cells, metric)
  const ours = over(published.metric)
  return {
    published,
    ours,
    difference: ours.mean - published.value,
    best: over('accuracy.best'),
    last: over('accuracy.mean'),
  }
}

/** Mean and interval over seeds; several cells with one seed are averaged first. */
export function overSeeds(samples: readonly Measured[], metric: string): Estimate {
  const seeds = [...new Set(samples.map((sample) => sample.seed))]
  return estimateOf(
    seeds.map((seed) => estimateOf(samples.filter((s) => s.seed === seed).map((s) => metricOf(s, metric))).mean),
  )
}
