import { groupBy } from '../summary/log.ts'
import { isShare } from '../summary/metric-values.ts'
import { type DrawnFigure, drawFigures, type FigureGap } from './figures.ts'
import { sweepFindings } from './findings.ts'
import { forestFigure } from './forest-figure.ts'
import { type TestedHypothesis, testHypothesis } from './hypotheses.ts'
import { type Comparison, compare } from './published.ts'
import { publishedFigure } from './published-figure.ts'
import type { SweepResults } from './results.ts'
import { type Samples, samplesOf } from './samples.ts'
import { metricTitle } from './wording.ts'

/** Everything that the report of a sweep shows, computed once. */
export interface Analysis {
  readonly samples: Samples
  readonly findings: readonly string[]
  readonly figures: readonly DrawnFigure[]
  readonly forests: readonly DrawnFigure[]
  /** Our numbers beside published ones. */
  readonly beside: readonly DrawnFigure[]
  readonly gaps: readonly FigureGap[]
  readonly hypotheses: readonly TestedHypothesis[]
  readonly comparisons: readonly Comparison[]
}

export function analyse(results: SweepResults): Analysis {
  const { plan } = results
  const samples = samplesOf(results)
  const hypotheses = plan.hypotheses.map((hypothesis) => testHypothesis(hypothesis, samples.usable))
  const comparisons = plan.published.map((published) => compare(published, samples.usable))
  const { drawn, gaps } = drawFigures(plan, samples.usable)
  return {
    samples,
    findings: sweepFindings({ plan, samples: samples.usable, hypotheses, comparisons }),
    figures: drawn,
    forests: forestsOf(hypotheses),
    beside: besideOf(comparisons),
    gaps,
    hypotheses,
    comparisons,
  }
}

/** One forest plot for all shares and one for each other metric, the largest first: a plot has one unit. */
function forestsOf(hypotheses: readonly TestedHypothesis[]): DrawnFigure[] {
  const unit = ({ hypothesis: { metric } }: TestedHypothesis): string => (isShare(metric) ? 'shares' : metric)
  const groups = [...groupBy(hypotheses, unit)].toSorted(([, a], [, b]) => b.length - a.length)
  return groups.flatMap(([group, members]) => {
    const name = `hypotheses-${slug(group)}`
    const svg = forestFigure(name, members)
    const title = group === 'shares' ? 'Hypotheses' : `Hypotheses on ${group}`
    const caption =
      'First set of cells minus the second, paired by seed; shaded: the claimed effect. ● supported, ✕ refuted, ○ underpowered.'
    return svg === null ? [] : [{ name, title, caption, svg }]
  })
}

function besideOf(comparisons: readonly Comparison[]): DrawnFigure[] {
  return [...groupBy(comparisons, ({ published }) => published.metric)].flatMap(([metric, members]) => {
    const name = `published-${slug(metric)}`
    const svg = publishedFigure(name, members)
    const title = `Published numbers: ${metricTitle(metric)}`
    const caption = [...new Set(members.map(({ published }) => published.source))].join('; ')
    return svg === null ? [] : [{ name, title, caption: `${caption}.`, svg }]
  })
}

function slug(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
}
