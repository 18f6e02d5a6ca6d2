import type { Experiment } from '#protocol/experiment.ts'
import { canonical } from '../experiment/identity.ts'
import { changeExperiment } from '../experiment/load.ts'
import { launchSimulation } from '../launch/simulation.ts'
import { dataOf } from '../run.ts'
import type { SweepTask } from './plan.ts'

/** Kinds of runs that are tried out at most, and for how long each. */
const mostProbes = 3
const probeMs = 10_000
const probeRounds = 3

/** What a kind of run takes in one process. */
interface Pace {
  readonly setupMs: number
  readonly roundMs: number
  readonly evaluationMs: number
}

/**
 * Estimates how long each task takes (milliseconds), from three rounds of the most frequent kinds of simulations and
 * from tasks that are `finished`; other kinds are taken to need as much for each peer and round. Null where nothing could
 * be tried: outside the simulator. Both maps are by the folder of the task.
 */
export async function estimateTasks(
  tasks: readonly SweepTask[],
  finished: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number> | null> {
  if (tasks.some(({ experiment }) => experiment.runtime.name !== 'simulation')) return null
  const kinds = new Map<string, SweepTask[]>()
  for (const task of tasks) kinds.set(kindOf(task.experiment), [...(kinds.get(kindOf(task.experiment)) ?? []), task])
  const estimates = new Map<string, number>()
  const perPeerRound: number[] = []
  let probes = 0
  for (const members of [...kinds.values()].sort((a, b) => b.length - a.length)) {
    const known = members.flatMap((task) => {
      const wallMs = finished.get(task.folder)
      return wallMs === undefined ? [] : [{ wallMs, rounds: task.experiment.rounds.count }]
    })
    let estimate: ((experiment: Experiment) => number) | undefined
    if (known.length > 0) {
      const perRound = sum(known.map(({ wallMs }) => wallMs)) / sum(known.map(({ rounds }) => rounds))
      estimate = ({ rounds }) => rounds.count * perRound
    } else if (probes < mostProbes && !signal.aborted) {
      probes += 1
      const pace = await probe((members[0] as SweepTask).experiment, signal)
      if (pace) estimate = (experiment) => timeOf(experiment, pace)
    }
    if (!estimate) continue
    for (const task of members) {
      estimates.set(task.folder, estimate(task.experiment))
      perPeerRound.push(estimate(task.experiment) / workOf(task.experiment))
    }
  }
  if (perPeerRound.length === 0) return null
  const typical = sum(perPeerRound) / perPeerRound.length
  return new Map(tasks.map(({ folder, experiment }) => [folder, estimates.get(folder) ?? typical * workOf(experiment)]))
}

/** Runs of one kind differ in numbers that do not change what a round costs, such as the seed or the attack's z. */
function kindOf({ peers, topology, learning, exchange, aggregation, attack }: Experiment): string {
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

/** Tries three rounds with one evaluation, on one worker; undefined where not even a round was done in time. */
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
  // What breaks here breaks again as a run, and is told there.
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
  // The first round pays for compiling.
  return { setupMs: rosterMs, roundMs: (last - first) / (probeRounds - 1), evaluationMs: endMs - last }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
