import type { SweepResults } from '../../sweep/results.ts'
import { isShare } from '../metric-values.ts'
import { type DrawnFigure, drawFigures, type FigureGap } from './figures.ts'
import { sweepFindings } from './findings.ts'
import { forestFigure } from './forest-figure.ts'
import { type TestedHypothesis, testHypothesis } from './hypotheses.ts'
import { type Comparison, compare } from './published.ts'
import { type Samples, samplesOf } from './samples.ts'

/** Everything that the report of a sweep says, computed once. */
export interface Analysis {
  readonly samples: Samples
  readonly findings: readonly string[]
  readonly figures: readonly DrawnFigure[]
  readonly forests: readonly DrawnFigure[]
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
    gaps,
    hypotheses,
    comparisons,
  }
}

/** One forest plot for all shares and one for each other metric: units do not mix. */
function forestsOf(hypotheses: readonly TestedHypothesis[]): DrawnFigure[] {
  const unit = ({ hypothesis: { metric } }: TestedHypothesis): string => (isShare(metric) ? 'shares' : metric)
  return [...new Set(hypotheses.map(unit))].flatMap((group) => {
    const name = `hypotheses-${group.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`
    const svg = forestFigure(
      name,
      hypotheses.filter((entry) => unit(entry) === group),
    )
    const title = group === 'shares' ? 'Contrasts' : `Contrasts in ${group}`
    const caption = 'First set of cells less the second; shaded: what would count as the claimed effect.'
    return svg === null ? [] : [{ name, title, caption, svg }]
  })
}
