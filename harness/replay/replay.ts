import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { reading } from '#node/system-error.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { experimentId } from '#protocol/loading/identity.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { createLineReader } from '#protocol/record/event-lines.ts'
import type { LoggedEvent } from '#protocol/record/events.ts'
import { scriptsOf } from '#protocol/replay/script.ts'
import type { Watch } from '#protocol/simulation/outcome.ts'
import { dataOf } from '../config/data.ts'
import { loadExperiment } from '../config/load.ts'
import { launchSimulation } from '../launch/simulation.ts'
import { summaryIn } from '../store/run-folder.ts'

export interface Replay {
  /** D2: the run used the user's own rule or attack, which may have changed since. */
  readonly class: 'D0' | 'D1' | 'D2'
  /** The method: D0 simulates again, D1 computes again from the delivery sets. */
  readonly as: 'D0' | 'D1'
  /** Why the class is D2. */
  readonly reason?: string
  /** Number of recorded models, at evaluated rounds, and how many of them the replay equals bit for bit. */
  readonly recorded: number
  readonly equal: number
  /** The earliest model that differs. */
  readonly first: { readonly round: number; readonly peer: number } | null
  readonly transcript: { readonly recorded: string | null; readonly replayed: string | null }
}

export interface ReplayOptions {
  readonly workers?: number
  /** Called with the experiment before it starts. The returned function receives every event. */
  readonly watch: (experiment: Experiment) => Watch
  readonly signal: AbortSignal
}

/**
 * Computes a run again in the simulator, from its folder, and compares the digests of all models. A swarm is computed
 * from its delivery sets. Throws InputError if the folder is not a run folder, or its run cannot be repeated bit for
 * bit.
 */
export async function replay(folder: string, { workers, watch, signal }: ReplayOptions): Promise<Replay> {
  const summary = summaryIn(folder) ?? missing(folder, 'summary.json')
  const log = readLog(folder)
  const experiment = loadExperiment(join(folder, 'experiment.yaml'))
  if (experimentId(experiment) !== summary.experimentId) {
    throw new InputError(
      `${folder}: Hearsay ${summary.hearsayVersion} made it with other numerics, or its experiment.yaml was changed; run it again with: hearsay run ${join(folder, 'experiment.yaml')}`,
    )
  }
  const { class: repetition, reason, transcriptHash, otherwise } = summary.repetition
  const as = repetition === 'D2' ? otherwise : repetition
  if (as === undefined) {
    throw new InputError(
      `${folder}: class D2 (${reason ?? 'its log is not complete'}); such a run repeats only statistically and cannot be replayed`,
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

/** All events of a run folder. Throws InputError, which names the line, if the log is cut or damaged. */
function readLog(folder: string): LoggedEvent[] {
  const path = join(folder, 'events.ndjson')
  if (!existsSync(path)) missing(folder, 'events.ndjson')
  const lines = reading(path, () => readFileSync(path, 'utf8')).split('\n')
  if (lines.pop() !== '') throw new InputError(`${path}: line ${lines.length + 1} is cut; run the experiment again`)
  const reader = createLineReader()
  return lines.map((line, k) => {
    try {
      return reader.next(line)
    } catch {
      throw new InputError(`${path}: line ${k + 1} is damaged; run the experiment again`)
    }
  })
}

function missing(folder: string, file: string): never {
  const sweep = existsSync(join(folder, 'plan.json'))
  throw new InputError(
    sweep
      ? `${folder}: is the folder of a sweep; replay one of its runs, ${join(folder, 'runs')}/...`
      : `${folder}: there is no ${file}; make a run folder with: hearsay run FILE`,
  )
}
