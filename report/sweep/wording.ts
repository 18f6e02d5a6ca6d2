import { isShare } from '../summary/metric-values.ts'
import { bytes, count, figure, isMeasured } from '../summary/wording.ts'
import type { TestedHypothesis } from './hypotheses.ts'
import type { Estimate } from './student-t.ts'

/** A value of a metric: `84.1 %` for shares, otherwise four digits. */
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

/** `84.1 % ± 0.6`; the mean alone without an interval. */
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

/** A metric in words. */
export function metricTitle(metric: string): string {
  return titles[metric] ?? metric
}

const titles: Readonly<Record<string, string>> = {
  'accuracy.mean': 'last-round accuracy, mean of honest peers',
  'accuracy.worst': 'last-round accuracy, worst honest peer',
  'accuracy.p10': 'last-round accuracy, 10th percentile of honest peers',
  'accuracy.best': 'best mean accuracy of honest peers over all rounds',
  'accuracy.worstAtBest': 'accuracy of the worst honest peer in the round of the best mean',
  'accuracy.area': 'mean accuracy of honest peers, averaged over the evaluated rounds',
  'attack.successRate': 'attack success rate, mean of honest peers',
  'attack.z': 'z of the crafted vectors, median',
  'bytes.sent': 'bytes sent, mean of honest peers',
  'bytes.received': 'bytes received, mean of honest peers',
  'consensus.distance': 'consensus distance after the last round',
  'displacement.median': 'displacement ratio of the median victim',
  'influence.byzantine': 'summed influence of Byzantine vectors, mean of honest peers',
  'kappa.median': 'empirical kappa of the median honest peer',
  'loss.mean': 'last-round test loss, mean of honest peers',
  'rounds.closed': 'rounds that honest peers closed',
  'rounds.skipped': 'rounds that honest peers skipped',
  'rounds.starved': 'starved rounds of honest peers',
  'supporters.mean': 'honest vectors at or beyond the crafted one, mean of victims',
  'time.virtualSeconds': 'virtual seconds until the last round closed',
  'time.to50': 'seconds until the mean accuracy of honest peers reaches 50 %',
  'time.to70': 'seconds until the mean accuracy of honest peers reaches 70 %',
  'time.to80': 'seconds until the mean accuracy of honest peers reaches 80 %',
  'time.to90': 'seconds until the mean accuracy of honest peers reaches 90 %',
  'time.to95': 'seconds until the mean accuracy of honest peers reaches 95 %',
  'z.realised': 'realised z at the median victim',
}
