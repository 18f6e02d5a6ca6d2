import type { Experiment } from '#protocol/experiment/schema.ts'
import { canonical } from '#protocol/loading/identity.ts'
import { groupBy } from '#report/summary/log.ts'
import { dataOf } from '../config/data.ts'
import { changeExperiment } from '../config/load.ts'
import { launchSimulation } from '../launch/simulation.ts'
import type { SweepTask } from './plan.ts'

/** Maximum number of kinds of runs to probe, time limit of a probe, and time after which no further probe starts. */
const maxProbes = 8
const probeMs = 10_000
const budgetMs = 12_000
const probeRounds = 3

/** Estimated durations of tasks, and the basis of the estimates. */
export interface Estimates {
  /** Milliseconds, by the folder of the task. */
  readonly ms: ReadonlyMap<string, number>
  /** Number of kinds of runs, how many of them were probed, and how many have finished runs. */
  readonly kinds: number
  readonly tried: number
  readonly finished: number
}

/** Durations of one kind of run in one process. */
interface Pace {
  readonly setupMs: number
  readonly roundMs: number
  readonly evaluationMs: number
}

/**
 * Estimates the duration of each task. It probes three rounds of the most frequent kinds of simulations, and uses the
 * tasks that are `finished` (milliseconds by folder). Any other kind is assumed to take, for each peer and round, as
 * long as the known kinds most similar to it. Null outside the simulator, or if nothing could be measured.
 */
export async function estimateTasks(
  tasks: readonly SweepTask[],
  finished: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<Estimates | null> {
  if (tasks.some(({ experiment }) => experiment.runtime.name !== 'simulation')) return null
  const kinds = [...groupBy(tasks, ({ experiment }) => kindOf(experiment)).values()]
  const known: { readonly example: Experiment; readonly estimate: (experiment: Experiment) => number }[] = []
  const estimates = new Map<string, number>()
  const began = performance.now()
  let [tried, measured] = [0, 0]
  for (const members of kinds.toSorted((a, b) => b.length - a.length)) {
    const ended = members.flatMap((task) => {
      const wallMs = finished.get(task.folder)
      return wallMs === undefined ? [] : [{ wallMs, rounds: task.experiment.rounds.count }]
    })
    const example = (members[0] as SweepTask).experiment
    let estimate: ((experiment: Experiment) => number) | undefined
    if (ended.length > 0) {
      measured += 1
      const perRound = sum(ended.map(({ wallMs }) => wallMs)) / sum(ended.map(({ rounds }) => rounds))
      estimate = ({ rounds }) => rounds.count * perRound
    } else if (tried < maxProbes && performance.now() - began < budgetMs && !signal.aborted) {
      tried += 1
      const pace = await probe(example, signal)
      if (pace) estimate = (experiment) => timeOf(experiment, pace)
    }
    if (!estimate) continue
    known.push({ example, estimate })
    for (const { folder, experiment } of members) estimates.set(folder, estimate(experiment))
  }
  if (known.length === 0) return null
  const alike = (experiment: Experiment): number => {
    const scores = known.map(({ example }) => inCommon(experiment, example))
    const nearest = known.filter((_, i) => scores[i] === Math.max(...scores))
    const perWork = nearest.map(({ example, estimate }) => estimate(example) / workOf(example))
    return (workOf(experiment) * sum(perWork)) / perWork.length
  }
  const ms = new Map(tasks.map(({ folder, experiment }) => [folder, estimates.get(folder) ?? alike(experiment)]))
  return { ms, kinds: kinds.length, tried, finished: measured }
}

/** The number of traits that two experiments share, among those that determine the duration of a round. */
function inCommon(a: Experiment, b: Experiment): number {
  const traits = ({ learning, exchange, aggregation, attack, topology, peers }: Experiment): unknown[] => [
    [learning.dataset, learning.model],
    [learning.batchSize, learning.localSteps],
    exchange,
    [aggregation.name, aggregation.before.map(({ name }) => name)],
    attack.name,
    'z' in attack && attack.z,
    topology.name,
    peers.honest + peers.byzantine,
  ]
  const [own, other] = [traits(a), traits(b)]
  return own.filter((trait, i) => canonical(trait) === canonical(other[i])).length
}

/**
 * Key of a kind of run. Runs of one kind differ only in values that do not change the cost of a round, such as the
 * seed.
 */
export function kindOf({ peers, topology, learning, exchange, aggregation, attack }: Experiment): string {
  const { dataset, model, engine, batchSize, localSteps, localEpochs = 0 } = learning
  const names = [aggregation.name, ...aggregation.before.map(({ name }) => name), attack.name]
  const { honest, byzantine } = peers
  return canonical({
    honest,
    byzantine,
    topology,
    dataset,
    model,
    engine,
    batchSize,
    localSteps,
    localEpochs,
    exchange,
    names,
  })
}

function workOf({ peers, rounds }: Experiment): number {
  return (peers.honest + peers.byzantine) * rounds.count
}

function timeOf({ rounds }: Experiment, { setupMs, roundMs, evaluationMs }: Pace): number {
  return setupMs + rounds.count * roundMs + Math.ceil(rounds.count / rounds.evaluateEvery) * evaluationMs
}

/** Measures three rounds with one evaluation, on one worker; undefined if no round finished in time. */
async function probe(experiment: Experiment, signal: AbortSignal): Promise<Pace | undefined> {
  const short = changeExperiment(
    experiment,
    { 'rounds.count': probeRounds, 'rounds.evaluateEvery': probeRounds, runtime: { name: 'simulation', workers: 1 } },
    experiment.name,
  )
  const dataset = await dataOf(short)
  const began = performance.now()
  let rosterMs = 0
  const closedMs: number[] = []
  const watch: Parameters<typeof launchSimulation>[2] = (event) => {
    const now = performance.now() - began
    if (event.type === 'roster') rosterMs = now
    if (event.type === 'round-closed') closedMs[event.round] = now
  }
  const limited = AbortSignal.any([signal, AbortSignal.timeout(probeMs)])
  // An experiment that breaks here breaks again as a run, which reports the reason.
  const outcome = await launchSimulation(short, dataset, watch, limited).then(
    (result) => result.outcome,
    () => 'broke' as const,
  )
  const endMs = performance.now() - began
  const first = closedMs[0]
  if (first === undefined) return undefined
  const last = closedMs[probeRounds - 1]
  if (outcome !== 'finished' || last === undefined) {
    return { setupMs: rosterMs, roundMs: first - rosterMs, evaluationMs: 0 }
  }
  // The first round includes compilation.
  return { setupMs: rosterMs, roundMs: (last - first) / (probeRounds - 1), evaluationMs: endMs - last }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
