import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { experimentId } from '#protocol/loading/identity.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { readEventLines } from '#protocol/record/event-lines.ts'
import type { LoggedEvent } from '#protocol/record/events.ts'
import { scriptsOf } from '#protocol/replay/script.ts'
import type { Watch } from '#protocol/simulation/outcome.ts'
import type { Summary } from '#report/summary/summary.ts'
import { dataOf } from '../config/data.ts'
import { loadExperiment } from '../config/load.ts'
import { launchSimulation } from '../launch/simulation.ts'

export interface Replay {
  /** D2: its rule is one of the user's own, which has computed this time what it computes now. */
  readonly class: 'D0' | 'D1' | 'D2'
  /** As what it was repeated. */
  readonly as: 'D0' | 'D1'
  /** Why it is D2. */
  readonly reason?: string
  /** Peers' parameters at evaluated rounds: how many were recorded, and how many of them came out the same, bit for bit. */
  readonly recorded: number
  readonly equal: number
  /** The earliest that did not. */
  readonly first: { readonly round: number; readonly peer: number } | null
  readonly transcript: { readonly recorded: string | null; readonly replayed: string | null }
}

export interface ReplayOptions {
  readonly workers?: number
  /** Called with the experiment before it starts; what it returns sees every event. */
  readonly watch: (experiment: Experiment) => Watch
  readonly signal: AbortSignal
}

/**
 * Runs a run folder again in the simulator, a swarm from its delivery sets, and compares the digests of all peers'
 * parameters. Throws InputError where the folder is none, or its run cannot be repeated bit for bit here.
 */
export async function replay(folder: string, { workers, watch, signal }: ReplayOptions): Promise<Replay> {
  const summary = read<Summary>(folder, 'summary.json', JSON.parse)
  const log = read<LoggedEvent[]>(folder, 'events.ndjson', readEventLines)
  const experiment = loadExperiment(join(folder, 'experiment.yaml'))
  if (experimentId(experiment) !== summary.experimentId) {
    throw new InputError(
      `${folder}: was made by Hearsay ${summary.hearsayVersion} with other numerics, or its experiment.yaml was changed; run it again with: hearsay run ${join(folder, 'experiment.yaml')}`,
    )
  }
  const { class: repetition, reason, transcriptHash, otherwise } = summary.repetition
  const as = repetition === 'D2' ? otherwise : repetition
  if (as === undefined) {
    throw new InputError(
      `${folder}: is of class D2 (${reason ?? 'its log does not hold all that it takes'}): it agrees statistically and cannot be replayed`,
    )
  }
  const simulated: Experiment = {
    ...experiment,
    runtime: { name: 'simulation', ...(workers === undefined ? {} : { workers }) },
    learning: { ...experiment.learning, engine: 'wasm' },
  }
  const options = as === 'D0' ? {} : { scripts: scriptsOf(log), batchSeeds: batchSeedsOf(log) }
  const outcome = await launchSimulation(simulated, await dataOf(experiment), watch(experiment), signal, options)
  const replayed = digestsOf(outcome.log)
  const recorded = [...digestsOf(log)]
  const wrong = recorded.filter(([key, { digest }]) => replayed.get(key)?.digest !== digest)
  const [first] = wrong
    .map(([, { round, peer }]) => ({ round, peer }))
    .sort((a, b) => a.round - b.round || a.peer - b.peer)
  return {
    class: repetition,
    as,
    ...(reason === undefined ? {} : { reason }),
    recorded: recorded.length,
    equal: recorded.length - wrong.length,
    first: first ?? null,
    transcript: { recorded: transcriptHash, replayed: outcome.transcriptHash },
  }
}

function batchSeedsOf(log: readonly LoggedEvent[]): Map<number, number> {
  const peers = log.flatMap((event) => (event.type === 'roster' ? event.peers : []))
  return new Map(peers.flatMap(({ peer, batchSeed }) => (batchSeed === undefined ? [] : [[peer, batchSeed] as const])))
}

function digestsOf(log: readonly LoggedEvent[]) {
  const digests = new Map<string, { readonly round: number; readonly peer: number; readonly digest: string }>()
  for (const event of log) {
    if (event.type === 'evaluated') digests.set(`${event.round}/${event.peer}`, event)
  }
  return digests
}

function read<T>(folder: string, file: string, parse: (text: string) => T): T {
  const path = join(folder, file)
  if (!existsSync(path)) {
    const sweep = existsSync(join(folder, 'plan.json'))
    throw new InputError(
      sweep
        ? `${folder}: is the folder of a sweep; replay one of its runs, ${join(folder, 'runs')}/...`
        : `${folder}: there is no ${file}; a run folder is made by: hearsay run FILE`,
    )
  }
  try {
    return parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new InputError(`${path}: cannot be read (${(error as Error).message})`)
  }
}
