import { isExternal } from '#aggregation/rules/external.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { attackOf } from '#protocol/plan/byzantine.ts'
import { planOf } from '#protocol/plan/plan.ts'
import { victimsOf } from '#protocol/plan/victims.ts'
import { usualSources } from '#protocol/record/craft-sources.ts'
import type { LoggedEvent, RosterEntry } from '#protocol/record/events.ts'
import { scriptsOf } from '#protocol/replay/script.ts'
import { lostFrom } from '#protocol/replay/script-gaps.ts'
import { firstPull } from '#protocol/round/step.ts'
import type { Summary } from './summary.ts'
import { count, list } from './wording.ts'

/**
 * How a run repeats. D0: a simulation on the wasm engine gives the same transcript hash on any machine. D1: a swarm on the wasm
 * engine is computed again from the updates that each peer used in each round. D2: only statistically, and for what reason.
 * With a rule of the user's own nothing here fixes the bits, so such a run is D2 too; `replay` may compare it as what it is
 * otherwise.
 */
export type Repetition = Pick<Summary['repetition'], 'class' | 'reason' | 'otherwise'>

/** What a run leaves that its class follows from. */
export interface RunTraces {
  /** Every vector was there: it was a simulation. */
  readonly exact: boolean
  readonly roster: readonly RosterEntry[]
  readonly log: readonly LoggedEvent[]
}

/** The class of a run that has just ended; D1 needs every peer's numbers to be those of our own kernels. */
export function repetitionOf(experiment: Experiment, outcome: RunTraces): Repetition {
  const obstacle = outcome.exact ? engineObstacle(outcome.roster) : obstacleOf(experiment, outcome)
  if (obstacle !== undefined) return { class: 'D2', reason: obstacle }
  const pinned = outcome.exact ? 'D0' : 'D1'
  const reason = outsideOf(experiment)
  return reason === undefined ? { class: pinned } : { class: 'D2', reason, otherwise: pinned }
}

/** What a run's bits depend on that is not in its folder. */
function outsideOf({ aggregation, exchange }: Experiment): string | undefined {
  if (exchange === 'none' || !isExternal(aggregation.name)) return undefined
  const rule =
    aggregation.name === 'command'
      ? `the program ${aggregation.command.join(' ').slice(0, 120)}`
      : aggregation.name === 'module'
        ? `the file ${aggregation.module}`
        : aggregation.name
  return `its rule is ${rule}, and nothing here fixes what that computes`
}

/** Whose numbers are not those of our own kernels, which alone have the same bits on every machine. */
function engineObstacle(roster: RunTraces['roster']): string | undefined {
  const others = roster.filter(({ engine }) => !/^wasm\b(?!-)/.test(engine ?? ''))
  if (others.length === 0) return undefined
  const names = [...new Set(others.map(({ engine }) => engine?.split(/[ ;]/)[0] ?? 'unknown'))].join(', ')
  const who =
    others.length === roster.length
      ? 'it'
      : `${count(others.length, 'peer')} (${list(others.map(({ peer }) => String(peer)))})`
  return `${who} did not compute on the wasm engine but on ${names}, whose last bits depend on the machine`
}

/** Why a swarm cannot be computed again from its log. */
function obstacleOf(experiment: Experiment, { roster, log }: Pick<RunTraces, 'roster' | 'log'>): string | undefined {
  if (experiment.runtime.name === 'hosted' && roster.some(({ batchSeed }) => batchSeed === undefined)) {
    return 'guests draw from seeds of their own, which its log does not have'
  }
  if (log.every(({ type }) => type === 'roster')) return 'no round was run'
  const engines = engineObstacle(roster)
  if (engines !== undefined) return engines
  const attack = attackOf(experiment)
  if (attack?.delivery === 'per-victim') {
    if (experiment.dissemination === 'gossip') {
      return 'each victim was sent a vector of its own, and which of them gossip brought is not recorded'
    }
    const pulledMs = experiment.rounds.deadlineMs * firstPull(experiment.exchange === 'gradients')
    if (log.some((event) => event.type === 'round-closed' && event.waitMs >= pulledMs)) {
      return 'each victim was sent a vector of its own, and one that waited may have got that of another'
    }
  }
  const plan = planOf(experiment)
  const byzantinePeers = attack ? plan.byzantine : []
  return lostFrom(scriptsOf(log), {
    byzantinePeers,
    sources(byzantinePeer, round, { present, heard }) {
      const usual = attack && usualSources(round, byzantinePeers, attack, (of) => victimsOf(plan, byzantinePeer, of))
      return { colluders: present ?? usual?.colluders ?? [], heard: heard ?? usual?.heard ?? { round, peers: [] } }
    },
  })
}
