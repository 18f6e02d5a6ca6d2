import { numericsVersion } from '#protocol/experiment/schema.ts'
import { isShare, metricValue } from '../summary/metric-values.ts'
import type { Summary } from '../summary/summary.ts'
import { percent } from '../summary/wording.ts'
import { testHypothesis } from '../sweep/hypotheses.ts'
import { overSeeds } from '../sweep/published.ts'
import type { SweepResults } from '../sweep/results.ts'
import { matches, samplesOf } from '../sweep/samples.ts'
import { bare, signed } from '../sweep/wording.ts'
import type { Claim } from './claims.ts'

/** The results of one experiment or of a sweep. */
export type Evidence = { readonly run: Summary } | { readonly sweep: SweepResults }

export interface CheckedClaim {
  readonly claim: string
  readonly expected: string
  readonly measured: string
  /** False also if nothing was measured; null if this version cannot compare it. */
  readonly holds: boolean | null
}

/** Maximum error of differences of decimal fractions. */
const rounding = 1e-9

/** Checks each claim against the results. */
export function checkClaims(claims: readonly Claim[], evidence: Evidence): CheckedClaim[] {
  return claims.map((claim) => ({ claim: claim.claim, ...check(claim, evidence) }))
}

/** The expected value of a claim, in words. */
export function expectation(claim: Claim): string {
  if ('transcript' in claim) return `transcript ${claim.transcript.slice(0, 16)}...`
  if ('hypothesis' in claim) {
    const { hypothesis, verdict, metric, expected, tolerance } = claim
    return `${hypothesis} ${verdict}, ${signed(metric, expected)} ± ${bare(metric, tolerance)}`
  }
  const show = shownAs(claim.metric)
  return `${show(claim.expected)} ± ${isShare(claim.metric) ? (claim.tolerance * 100).toFixed(1) : claim.tolerance}`
}

function check(claim: Claim, evidence: Evidence): Omit<CheckedClaim, 'claim'> {
  const expected = expectation(claim)
  if ('transcript' in claim) {
    const hash = 'run' in evidence ? evidence.run.repetition.transcriptHash : null
    const measured = hash === null ? 'no transcript' : `transcript ${hash.slice(0, 16)}...`
    if (claim.numerics !== numericsVersion) {
      return {
        expected: `${expected} at numerics ${claim.numerics}`,
        measured: `numerics ${numericsVersion}`,
        holds: null,
      }
    }
    return { expected, measured, holds: hash === claim.transcript }
  }
  if ('hypothesis' in claim) {
    const hypothesis = 'sweep' in evidence && evidence.sweep.plan.hypotheses.find(({ id }) => id === claim.hypothesis)
    if (!hypothesis) return { expected, measured: 'no such hypothesis', holds: false }
    const { verdict, difference } = testHypothesis(hypothesis, samplesOf(evidence.sweep).usable)
    const measured = `${claim.hypothesis} ${verdict}, ${signed(claim.metric, difference.mean)}`
    const near = Math.abs(difference.mean - claim.expected) <= claim.tolerance + rounding
    return { expected, measured, holds: verdict === claim.verdict && near }
  }
  const value = measuredBy(claim, evidence)
  return {
    expected,
    measured: Number.isFinite(value) ? shownAs(claim.metric)(value) : 'not measured',
    holds: Math.abs(value - claim.expected) <= claim.tolerance,
  }
}

function measuredBy(
  { metric, twin, where }: Exclude<Claim, { hypothesis: string } | { transcript: string }>,
  evidence: Evidence,
): number {
  if ('sweep' in evidence) {
    const samples = samplesOf(evidence.sweep).usable
    return overSeeds(
      samples.filter(({ coordinates }) => matches(coordinates, where ?? {})),
      metric,
    ).mean
  }
  const of = twin === undefined ? evidence.run : evidence.run.twins.find(({ name }) => name === twin)
  return of ? metricValue(of.metrics, metric) : Number.NaN
}

function shownAs(metric: string): (value: number) => string {
  return isShare(metric) ? percent : (value) => String(Number(value.toPrecision(4)))
}
