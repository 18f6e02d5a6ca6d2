import type { Hypothesis } from '#protocol/experiment/sweep-schema.ts'
import { groupBy } from '../summary/log.ts'
import { matches, metricOf, type Sample } from './samples.ts'
import { type Estimate, estimateOf } from './student-t.ts'

export type HypothesisVerdict = 'supported' | 'refuted' | 'underpowered'

export interface TestedHypothesis {
  readonly hypothesis: Hypothesis
  /** First set of cells minus the second, one difference for each seed. */
  readonly difference: Estimate
  /** Pairs of runs behind the difference. */
  readonly pairs: number
  readonly verdict: HypothesisVerdict
}

/**
 * Tests a hypothesis: the difference between the two sets of cells of its contrast. Runs are paired by seed and by
 * every axis that both cells have and the contrast does not name. Pairs of one seed share data, initial parameters and
 * draws, so they are not independent: their differences are averaged first. The 95 % interval is Student's t over
 * seeds.
 * With `relativeTo`, the value of a run is its difference from the run in those cells that agrees in the seed and all
 * other axes.
 * Verdict for `greater` and `less`: supported if the interval is on the expected side of 0 and the mean reaches
 * `minEffect`; refuted if the whole interval is below `minEffect`. Verdict for `same`: supported if the whole interval
 * is within `minEffect` of 0; refuted if the whole interval is outside. Otherwise underpowered.
 */
export function testHypothesis(hypothesis: Hypothesis, samples: readonly Sample[]): TestedHypothesis {
  const { contrast, where } = hypothesis
  const named = new Set([...Object.keys(contrast.of), ...Object.keys(contrast.against)])
  const values = valuesOf(hypothesis, samples)
  const valueAt = (sample: Sample): number => values.get(sample) ?? Number.NaN
  const about = samples.filter((sample) => matches(sample.coordinates, where) && Number.isFinite(valueAt(sample)))
  const bySeed = groupBy(about, (sample) => sample.seed)
  let pairs = 0
  const differences = [...bySeed.values()].flatMap((ofSeed) => {
    const first = ofSeed.filter((sample) => matches(sample.coordinates, contrast.of))
    const second = ofSeed.filter((sample) => matches(sample.coordinates, contrast.against))
    const found = first.flatMap((a) =>
      second.filter((b) => a !== b && agree(a, b, named)).map((b) => valueAt(a) - valueAt(b)),
    )
    pairs += found.length
    return found.length === 0 ? [] : [estimateOf(found).mean]
  })
  const difference = estimateOf(differences)
  return { hypothesis, difference, pairs, verdict: verdictOf(hypothesis, difference) }
}

/** The metric of each run, or with `relativeTo` its difference from the reference run. */
function valuesOf({ metric, relativeTo }: Hypothesis, samples: readonly Sample[]): Map<Sample, number> {
  if (relativeTo === undefined) return new Map(samples.map((sample) => [sample, metricOf(sample, metric)]))
  const named = new Set(Object.keys(relativeTo))
  const references = groupBy(
    samples.filter((sample) => matches(sample.coordinates, relativeTo)),
    (sample) => sample.seed,
  )
  return new Map(
    samples.map((sample) => {
      const reference = references.get(sample.seed)?.find((other) => agree(sample, other, named))
      return [sample, reference ? metricOf(sample, metric) - metricOf(reference, metric) : Number.NaN]
    }),
  )
}

/** Whether two cells agree in every axis that both have and `named` does not contain. */
function agree(a: Sample, b: Sample, named: ReadonlySet<string>): boolean {
  return Object.entries(a.coordinates).every(
    ([axis, label]) => named.has(axis) || b.coordinates[axis] === undefined || b.coordinates[axis] === label,
  )
}

function verdictOf({ direction, minEffect }: Hypothesis, { mean, half }: Estimate): HypothesisVerdict {
  if (half === null) return 'underpowered'
  const low = mean - half
  const high = mean + half
  if (direction === 'same') {
    if (low >= -minEffect && high <= minEffect) return 'supported'
    return low > minEffect || high < -minEffect ? 'refuted' : 'underpowered'
  }
  const [expected, nearest, furthest] = direction === 'greater' ? [mean, low, high] : [-mean, -high, -low]
  if (nearest > 0 && expected >= minEffect) return 'supported'
  return furthest < minEffect ? 'refuted' : 'underpowered'
}
