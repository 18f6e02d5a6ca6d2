import { OwnCodeError } from '#aggregation/contract.ts'
import type { Dataset } from '#learning/datasets/dataset.ts'
import { describeEngine } from '#learning/engines/engine.ts'
import { initialise } from '#learning/models/initialise.ts'
import type { Model } from '#learning/models/model.ts'
import { buildModel } from '#learning/models/registry.ts'
import { labelCounts } from '#learning/partitions/label-counts.ts'
import { randomStream } from '#learning/random.ts'
import { sharePoisoning } from '../adversary/poisoning.ts'
import { trainerOf } from '../assembly/assemble.ts'
import type { ComputeConfig } from '../compute/calls.ts'
import type { Compute } from '../compute/compute-client.ts'
import type { Experiment } from '../experiment/schema.ts'
import { createDisplacementMeter } from '../figures/displacement.ts'
import { createExactFigures } from '../figures/exact-figures.ts'
import { withProbe } from '../loading/probe.ts'
import { type Plan, planOf } from '../plan/plan.ts'
import { evaluatedOn, shardsOf } from '../plan/shards.ts'
import type { LoggedEvent, RosterEntry } from '../record/events.ts'
import type { Digest } from '../record/vector-digest.ts'
import type { RunOutcome, Watch } from './outcome.ts'
import type { Checkpoints } from './run-checkpoint.ts'
import { shareAggregations } from './shared-aggregation.ts'
import { shareEvaluations } from './shared-evaluation.ts'
import { runSimulation, type SimulationPorts } from './simulation.ts'

/** The fields of a roster entry about a peer's examples. */
export type Holding = Pick<RosterEntry, 'examples' | 'labels'>

/** Number of examples in each shard, in total and by label. */
export function holdingsOf(shards: readonly Uint32Array[], { train, classes }: Dataset): Holding[] {
  return labelCounts(shards, train.labels, classes).map((labels, peer) => ({
    examples: shards[peer]?.length ?? 0,
    labels,
  }))
}

function modelOf({ learning }: Experiment, { train, classes }: Dataset): Model {
  const [height, width, channels] = train.shape
  return buildModel(learning.model, height * width * channels, classes)
}

/** The initial parameters (d), the same for every peer. */
export function initialParameters(experiment: Experiment, dataset: Dataset): Float32Array {
  return initialise(modelOf(experiment, dataset), randomStream(experiment.seed, 'initialise'))
}

export interface SimulationOptions {
  readonly checkpoints?: Checkpoints
  /** For a replay: the scripts of the recorded run. */
  readonly scripts?: SimulationPorts['scripts']
  /** Seeds of batches and augmented views of peers with a seed of their own. */
  readonly batchSeeds?: ReadonlyMap<number, number>
}

/** The ports that a simulation needs from its platform. */
export interface SimulationShell {
  /** Starts `size` compute workers. */
  openCompute(setup: ComputeConfig, size: number): Promise<Compute>
  /** Number of workers, unless the experiment sets it. */
  readonly workers: number
  readonly digest: Digest
  /** The time of day, ISO 8601. */
  now(): string
}

/**
 * Runs an experiment in the simulator, in Node or in a page. It resumes from an earlier attempt's checkpoint if the
 * engine is the same; `watch` then receives the earlier events again.
 */
export async function simulate(
  asked: Experiment,
  whole: Dataset,
  shell: SimulationShell,
  watch: Watch,
  signal: AbortSignal,
  { checkpoints, scripts, batchSeeds }: SimulationOptions = {},
): Promise<RunOutcome> {
  const plan = planOf(asked)
  const dataset = evaluatedOn(asked, whole)
  const shards = shardsOf(asked, dataset.train.labels, plan.n)
  const experiment = withProbe(asked, dataset, shards, plan)
  const { learning, runtime } = experiment
  const workers = runtime.name === 'simulation' && runtime.workers ? runtime.workers : shell.workers
  const aggregation = experiment.exchange === 'none' ? { name: 'average', before: [] } : experiment.aggregation
  const opened = await shell.openCompute(
    { model: learning.model, dataset, engine: learning.engine, aggregation },
    Math.min(workers, plan.n),
  )
  const { compute, broken } = breakable(opened)
  try {
    const { engine } = compute.report
    const roster = rosterOf(plan, holdingsOf(shards, dataset), describeEngine(compute.report))
    const earlier = checkpoints?.earlier?.engine === engine ? checkpoints.earlier : undefined
    const log: LoggedEvent[] = []
    const record = (event: LoggedEvent): void => {
      log.push(event)
      watch(event)
    }
    const roll: LoggedEvent = { type: 'roster', peers: roster, startedAt: shell.now() }
    for (const event of earlier?.log ?? [roll]) record(event)
    const initial = initialParameters(experiment, dataset)
    const figures = createExactFigures(plan, earlier)
    const aggregate = shareAggregations(aggregation, compute.aggregate)
    const displacement = createDisplacementMeter(experiment, plan, aggregate, earlier?.displacements)
    const workspace = {
      ...compute,
      evaluate: shareEvaluations((parameters, batch) =>
        batch ? compute.evaluate(parameters, batch) : compute.evaluateTogether(parameters),
      ),
    }
    const simulated = runSimulation(experiment, plan, {
      pool: {
        trainer: (peer) => trainerOf(experiment, peer, workspace, initial, batchSeeds?.get(peer)),
        aggregator: (peer) => ({
          async aggregate(request) {
            const { length } = plan.neighbourhoodsAt(request.round)[peer]?.members ?? request.vectors
            const result = await aggregate(request, length)
            displacement.aggregated(peer, request, result, length)
            return result
          },
        }),
      },
      shards,
      poisoning: {
        labelled: { classes: dataset.classes, labels: dataset.train.labels },
        model: modelOf(experiment, dataset),
        descend: sharePoisoning(compute.poison),
      },
      digest: shell.digest,
      recorder: { record },
      observe: figures.observe,
      trained: displacement.trained,
      signal,
      ...(earlier ? { resume: earlier.simulation } : {}),
      ...(scripts ? { scripts } : {}),
      ...(batchSeeds ? { batchSeeds } : {}),
      ...(checkpoints
        ? {
            checkpoints: {
              wanted: checkpoints.due,
              async save(simulation) {
                const { neighbourhoods, consensus } = figures
                const events = log.length
                const displacements = await displacement.settled()
                checkpoints.save({ simulation, engine, events, neighbourhoods, consensus, displacements })
              },
            },
          }
        : {}),
    })
    const ended = await Promise.race([simulated.catch(ofOwnCode), broken])
    if (typeof ended === 'string') {
      const { neighbourhoods, consensus } = figures
      const measured = { roster, log, neighbourhoods, consensus, exact: true, transcriptHash: null }
      return { outcome: 'broke', failure: ended, ...measured }
    }
    return {
      outcome: signal.aborted ? 'interrupted' : 'finished',
      roster,
      log,
      neighbourhoods: figures.neighbourhoods,
      consensus: figures.consensus,
      displacements: await displacement.settled(),
      exact: true,
      transcriptHash: ended.transcriptHash,
    }
  } finally {
    await opened.close()
  }
}

/** The message of an OwnCodeError. Throws any other error again. */
function ofOwnCode(error: unknown): string {
  if (error instanceof OwnCodeError) return error.message
  throw error
}

/**
 * The same compute, for a run that the user's own rule may break. `broken` resolves to the first failure of the rule.
 * After it no call settles, so that no rejection stays unhandled.
 */
function breakable(compute: Compute): { readonly compute: Compute; readonly broken: Promise<string> } {
  let over = false
  let tell: (failure: string) => void = () => {}
  const broken = new Promise<string>((resolve) => {
    tell = resolve
  })
  const guard = <T>(call: Promise<T>, where = ''): Promise<T> =>
    call.catch((error) => {
      if (!over && !(error instanceof OwnCodeError)) throw error
      over = true
      tell(`${error.message}${where}`)
      return new Promise<T>(() => {})
    })
  return {
    broken,
    compute: {
      ...compute,
      descend: (...args) => guard(compute.descend(...args)),
      gradient: (...args) => guard(compute.gradient(...args)),
      evaluate: (...args) => guard(compute.evaluate(...args)),
      evaluateTogether: (...args) => guard(compute.evaluateTogether(...args)),
      probe: (...args) => guard(compute.probe(...args)),
      poison: (...args) => guard(compute.poison(...args)),
      aggregate: (input, n) =>
        guard(compute.aggregate(input, n), ` (peer ${input.members?.[input.own] ?? '?'}, round ${input.round})`),
    },
  }
}

function rosterOf(plan: Plan, holdings: readonly Holding[], engine: string): RosterEntry[] {
  return plan.neighbours.map((neighbours, peer) => ({
    peer,
    kind: 'simulated' as const,
    role: plan.byzantine.includes(peer) ? ('byzantine' as const) : ('honest' as const),
    neighbours,
    engine,
    ...(holdings[peer] ?? { examples: 0 }),
  }))
}
