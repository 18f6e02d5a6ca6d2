import { isShare } from '../summary/metric-values.ts'
import { bytes, count, figure, isMeasured } from '../summary/wording.ts'
import type { TestedHypothesis } from './hypotheses.ts'
import type { Estimate } from './student-t.ts'

/** A value of a metric: `84.1 %` for shares, four digits else. */
export function shown(metric: string, value: number): string {
  if (!isMeasured(value)) return '–'
  if (metric.startsWith('bytes.')) return bytes(value)
  return isShare(metric) ? `${(100 * value).toFixed(1)} %` : figure(value)
}

/** A value without its unit, for cells of figures and tables. */
export function bare(metric: string, value: number): string {
  if (!isMeasured(value)) return '–'
  if (metric.startsWith('bytes.')) return bytes(value)
  return isShare(metric) ? (100 * value).toFixed(1) : figure(value, 3)
}

/** `84.1 % ± 0.6`; the mean alone where there is no interval. */
export function withInterval(metric: string, { mean, half }: Estimate): string {
  return half === null ? shown(metric, mean) : `${shown(metric, mean)} ± ${bare(metric, half)}`
}

/** A difference with its sign, in points for shares: `+2.1 points`. */
export function signed(metric: string, value: number): string {
  if (!isMeasured(value)) return '–'
  return isShare(metric) ? `${signedNumber(metric, value)} points` : signedNumber(metric, value)
}

/** An interval: `+1.1 to +3.0 points`. */
export function signedInterval(metric: string, { mean, half }: Estimate): string {
  return half === null ? '–' : `${signedNumber(metric, mean - half)} to ${signed(metric, mean + half)}`
}

/** `H1 supported: the claim (+45.7 points, 95 % interval +29.4 to +62.1 points, 3 seeds)`. */
export function hypothesisLine({ hypothesis: { id, claim, metric }, difference, verdict }: TestedHypothesis): string {
  const interval = difference.half === null ? '' : `, 95 % interval ${signedInterval(metric, difference)}`
  return `${id} ${verdict}: ${claim} (${signed(metric, difference.mean)}${interval}, ${count(difference.n, 'seed')})`
}

function signedNumber(metric: string, value: number): string {
  const size = isShare(metric) ? (100 * Math.abs(value)).toFixed(1) : figure(Math.abs(value), 3)
  if (Number(size) === 0) return size
  return `${value < 0 ? '−' : '+'}${size}`
}

/** How a reader would call a metric. */
export function metricTitle(metric: string): string {
  return titles[metric] ?? metric
}

const titles: Readonly<Record<string, string>> = {
  'accuracy.mean': 'last-round accuracy of the mean honest peer',
  'accuracy.worst': 'last-round accuracy of the worst honest peer',
  'accuracy.p10': 'last-round accuracy, 10th percentile of honest peers',
  'accuracy.best': 'best accuracy of the mean honest peer',
  'accuracy.worstAtBest': 'worst honest peer in the round of the best mean',
  'accuracy.area': 'accuracy of the mean honest peer, averaged over the rounds',
  'attack.successRate': 'success rate of the backdoor',
  'attack.z': 'z that the Byzantine peers used',
  'consensus.distance': 'consensus distance after the last round',
  'displacement.median': 'displacement ratio of the median victim',
  'influence.byzantine': 'influence of the Byzantine peers’ vectors',
  'kappa.median': 'empirical kappa of the median honest peer',
  'loss.mean': 'test loss of the mean honest peer',
  'rounds.starved': 'rounds without a quorum',
  'time.virtualSeconds': 'virtual seconds',
  'time.to50': 'seconds until the mean honest peer is at 50 %',
  'time.to70': 'seconds until the mean honest peer is at 70 %',
  'time.to80': 'seconds until the mean honest peer is at 80 %',
  'time.to90': 'seconds until the mean honest peer is at 90 %',
  'time.to95': 'seconds until the mean honest peer is at 95 %',
  'z.realised': 'realised z at the median victim',
}
