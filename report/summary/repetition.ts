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
 * How a run repeats. D0: a simulation on the wasm engine gives the same transcript hash on any machine. D1: a swarm on
 * the wasm engine is computed again from its log of the updates that each peer used in each round. D2: statistically,
 * with the reason. A run with the user's own rule or attack is D2, because the run folder does not hold that code;
 * `otherwise` is the class of the run if the code computes the same again.
 */
export type Repetition = Pick<Summary['repetition'], 'class' | 'reason' | 'otherwise'>

/** The parts of a run that decide its class. */
export interface RunTraces {
  /** Whether the run was a simulation, with every vector at hand. */
  readonly exact: boolean
  readonly roster: readonly RosterEntry[]
  readonly log: readonly LoggedEvent[]
}

/** The class of a run that has just ended. D0 and D1 need the wasm engine at every peer. */
export function repetitionOf(experiment: Experiment, outcome: RunTraces): Repetition {
  const obstacle = outcome.exact ? engineObstacle(outcome.roster) : obstacleOf(experiment, outcome)
  if (obstacle !== undefined) return { class: 'D2', reason: obstacle }
  const pinned = outcome.exact ? 'D0' : 'D1'
  const reason = outsideOf(experiment)
  return reason === undefined ? { class: pinned } : { class: 'D2', reason, otherwise: pinned }
}

/** The user's own code of a run, as a reason: the run folder does not hold it. */
function outsideOf({ aggregation, exchange, attack }: Experiment): string | undefined {
  const rule =
    exchange === 'none'
      ? undefined
      : aggregation.name === 'command'
        ? `its rule is the program ${aggregation.command.join(' ').slice(0, 120)}`
        : aggregation.name === 'module'
          ? `its rule is the file ${aggregation.module}`
          : undefined
  const own = rule ?? (attack.name === 'module' ? `its attack is the file ${attack.module}` : undefined)
  return own && `${own}, which the run folder does not contain`
}

/** The peers without the wasm engine, as a reason: only our kernels give the same bits on every machine. */
function engineObstacle(roster: RunTraces['roster']): string | undefined {
  const others = roster.filter(({ engine }) => !/^wasm\b(?!-)/.test(engine ?? ''))
  if (others.length === 0) return undefined
  const names = [...new Set(others.map(({ engine }) => engine?.split(/[ ;]/)[0] ?? 'unknown'))].join(', ')
  const who =
    others.length === roster.length
      ? 'it'
      : `${count(others.length, 'peer')} (${list(others.map(({ peer }) => String(peer)))})`
  return `${who} computed on ${names} instead of wasm, so the last bits depend on the machine`
}

/** The reason why a swarm cannot be computed again from its log; undefined if it can. */
function obstacleOf(experiment: Experiment, { roster, log }: Pick<RunTraces, 'roster' | 'log'>): string | undefined {
  if (experiment.runtime.name === 'hosted' && roster.some(({ batchSeed }) => batchSeed === undefined)) {
    return 'guests draw from their own seeds, which the log does not contain'
  }
  if (log.every(({ type }) => type === 'roster')) return 'no round was run'
  const engines = engineObstacle(roster)
  if (engines !== undefined) return engines
  const attack = attackOf(experiment)
  if (attack?.delivery === 'per-victim') {
    if (experiment.dissemination === 'gossip') {
      return 'each victim was sent a vector of its own, and the log does not record which one gossip delivered'
    }
    const pulledMs = experiment.rounds.deadlineMs * firstPull(experiment.exchange === 'gradients')
    if (log.some((event) => event.type === 'round-closed' && event.waitMs >= pulledMs)) {
      return 'each victim was sent a vector of its own, and a victim that waited may have got the vector of another'
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
