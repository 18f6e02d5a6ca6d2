import { attacks } from '#attacks/registry.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import type { LoggedEvent } from '#protocol/record/events.ts'
import type { Outcome } from './curves.ts'
import { metricValue } from './metric-values.ts'
import { maxStarved, starvationLine, starvationOf } from './starvation.ts'
import type { Metrics, Verdict, VerdictKind } from './summary.ts'
import { figure, isMeasured } from './wording.ts'

const exitCodes = {
  'as expected': 0,
  'expectation failed': 1,
  'vacuous attack': 1,
  'honest peers starved': 1,
  'swarm broke': 3,
  interrupted: 3,
} as const satisfies Record<VerdictKind, Verdict['exitCode']>

interface Evidence {
  readonly experiment: Experiment
  readonly metrics: Metrics
  readonly log: readonly LoggedEvent[]
  readonly outcome: Outcome
  readonly failure?: string | undefined
  /** Rounds that all running honest peers closed, for the sentence of an interrupted run. */
  readonly roundsDone: number
}

/** The verdict without the findings: `lines` holds the outcome and the expectations that held or failed. O(events). */
export function judge({ experiment, metrics, log, outcome, failure, roundsDone }: Evidence): Verdict {
  const expectations = experiment.expect.map(({ metric, atLeast, atMost }) => {
    const value = metricValue(metrics, metric)
    const bounds = [
      ...(atLeast === undefined ? [] : [`at least ${atLeast}`]),
      ...(atMost === undefined ? [] : [`at most ${atMost}`]),
    ]
    const holds =
      isMeasured(value) &&
      value >= (atLeast ?? Number.NEGATIVE_INFINITY) &&
      value <= (atMost ?? Number.POSITIVE_INFINITY)
    return { metric, bound: bounds.join(' and '), value, holds }
  })
  const starvation = starvationOf(log)
  // An experiment that expects a number of starved rounds is judged by that number.
  const untaught = maxStarved(starvation) && expectations.every(({ metric }) => metric !== 'rounds.starved')
  const kind = kindOf(expectations, outcome, { vacuous: isVacuous(experiment, log), untaught })
  const opening = {
    'as expected': [],
    'expectation failed': [],
    'vacuous attack': [
      'Vacuous attack: z is 0 in every crafted vector, so the Byzantine peers sent the honest mean and the run tests no attack.',
    ],
    'honest peers starved': [],
    'swarm broke': [
      `The swarm broke after ${roundsDone} of ${experiment.rounds.count} rounds${failure ? `: ${failure}` : ''}.`,
    ],
    interrupted: [
      `Interrupted after ${roundsDone} of ${experiment.rounds.count} rounds; the figures cover these rounds.`,
    ],
  }[kind]
  return {
    kind,
    exitCode: exitCodes[kind],
    expectations,
    ...(starvation ? { starvation } : {}),
    lines: [
      ...opening,
      ...(starvation ? [starvationLine(experiment, starvation)] : []),
      ...expectationLines(expectations),
    ],
  }
}

function kindOf(
  expectations: Verdict['expectations'],
  outcome: Outcome,
  { vacuous, untaught }: { readonly vacuous: boolean; readonly untaught: boolean },
): VerdictKind {
  if (outcome === 'broke') return 'swarm broke'
  if (outcome === 'interrupted') return 'interrupted'
  if (untaught) return 'honest peers starved'
  if (vacuous) return 'vacuous attack'
  return expectations.every((expectation) => expectation.holds) ? 'as expected' : 'expectation failed'
}

/** Whether Byzantine peers sent only the honest mean: an attack around the mean, with z = 0 in every crafted vector. */
function isVacuous(experiment: Experiment, log: readonly LoggedEvent[]): boolean {
  const harmless = attacks.find(({ name }) => name === experiment.attack.name)?.harmlessAtZero
  if (!harmless || experiment.peers.byzantine === 0) return false
  const factors = craftedFactors(log)
  return factors.length > 0 && factors.every((z) => z === 0)
}

/** The attack factors z that Byzantine peers recorded, one for each crafted vector that has one. */
export function craftedFactors(log: readonly LoggedEvent[]): number[] {
  return log.flatMap((event) => (event.type === 'attack-crafted' && event.z !== undefined ? [event.z] : []))
}

/** One line for all expectations that hold, one for each that does not. */
function expectationLines(expectations: Verdict['expectations']): string[] {
  const held = expectations.filter((expectation) => expectation.holds)
  return [
    ...(held.length > 0
      ? [`As expected: ${held.map(({ metric, bound, value }) => `${metric} ${figure(value)} (${bound})`).join(', ')}.`]
      : []),
    ...expectations
      .filter((expectation) => !expectation.holds)
      // Six digits: a bound that is narrowly missed must not look met.
      .map(({ metric, bound, value }) =>
        isMeasured(value)
          ? `Expected ${metric} ${bound}, got ${figure(value, 6)}.`
          : `Expected ${metric} ${bound}, but it was not measured.`,
      ),
  ]
}
