import { existsSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import type { Dataset } from '#learning/datasets/dataset.ts'
import { EngineUnavailableError } from '#learning/engines/open-engine.ts'
import { ComputeError } from '#protocol/compute/compute-client.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { requireFit } from '#protocol/loading/fit.ts'
import { experimentId } from '#protocol/loading/identity.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { withProbe } from '#protocol/loading/probe.ts'
import { withoutCheckpoints } from '#protocol/peer/checkpoint.ts'
import { planOf } from '#protocol/plan/plan.ts'
import { shardsOf } from '#protocol/plan/shards.ts'
import type { RunOutcome, Watch } from '#protocol/simulation/outcome.ts'
import type { Checkpoints } from '#protocol/simulation/run-checkpoint.ts'
import { repetitionOf } from '#report/summary/repetition.ts'
import { starvationWarning } from '#report/summary/starvation-warning.ts'
import { summarise, summariseTwin } from '#report/summary/summarise.ts'
import type { Environment, Summary, TwinSummary } from '#report/summary/summary.ts'
import { toleranceNote } from '#report/summary/tolerance-note.ts'
import { count, list } from '#report/summary/wording.ts'
import { packageVersion } from '../config/built.ts'
import { dataOf } from '../config/data.ts'
import { changeExperiment } from '../config/load.ts'
import { launchSimulation } from '../launch/simulation.ts'
import { type CheckpointOptions, checkpointIn, openCheckpoints } from '../store/checkpoints.ts'
import { finishedRun, hasBegun, runIn } from '../store/run-folder.ts'
import { type EventLog, openEventLog, writeRunFolder } from '../store/write.ts'
import { peersTable } from '../terminal/peers-table.ts'
import { createProgress, type Progress } from '../terminal/progress.ts'
import { verdictText } from '../terminal/verdict.ts'
import { isInterrupted } from './interruption.ts'
import { NotStartedError } from './not-started.ts'

/** How the peers of a run come to be; `hearsay host` brings its own. */
export type Launch = (experiment: Experiment, dataset: Dataset, ports: LaunchPorts) => Promise<RunOutcome>

export interface LaunchPorts {
  readonly watch: Watch
  readonly signal: AbortSignal
  readonly say: (line: string) => void
  /** Where the run can have some. */
  readonly checkpoints?: Checkpoints
}

export interface RunOptions {
  /** Folder under which the run's own folder is made; `runs` here by default. */
  readonly out?: string
  readonly launch?: Launch
  /** Run folder of an earlier attempt at the same experiment, to go on in. */
  readonly resume?: string
  /** Least time between two checkpoints; none where left out. */
  readonly checkpointMs?: number
  /** Ends the run; what was measured is kept. */
  readonly signal: AbortSignal
}

/**
 * Runs an experiment and its twins: progress on stderr, the table of peers and the verdict on stdout, the run folder
 * on disk. Resolves to the exit code: 0 as expected, 1 an expectation failed, 3 the swarm broke, 130 interrupted.
 */
export async function runExperiment(experiment: Experiment, options: RunOptions): Promise<number> {
  const summary = await runAndShow(experiment, options)
  // Also a Ctrl-C that came while the report was written: all of it is there.
  return (await isInterrupted(options.signal)) ? 130 : exitCodeOf(summary)
}

/** As runExperiment; resolves to what the run came to. */
export async function runAndShow(experiment: Experiment, options: RunOptions): Promise<Summary> {
  const dataset = await dataOf(experiment)
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
  const id = experimentId(experiment)
  const folder = options.resume
    ? resumable(options.resume, id)
    : resolve(options.out ?? 'runs', `${experiment.name}-${id.slice(0, 8)}-${stamp}`)
  const launch = options.launch ?? (await launcherOf(experiment))
  const progress = createProgress({
    name: experiment.name,
    rounds: experiment.rounds.count,
    twins: twinsOf(experiment).map(({ name, label, experiment: { rounds } }) => ({
      name,
      label,
      rounds: rounds.count,
    })),
  })
  const summary = await performRun(experiment, dataset, {
    folder,
    launch,
    progress,
    signal: options.signal,
    ...(options.checkpointMs === undefined
      ? {}
      : { checkpoints: { everyMs: options.checkpointMs, resume: options.resume !== undefined } }),
  })
  const report = shown(join(folder, 'report.html'))
  process.stdout.write(`${peersTable(summary)}\n\n${verdictText(summary, report)}\n`)
  return summary
}

export interface RunWork {
  /** The run's own folder. */
  readonly folder: string
  readonly launch: Launch
  readonly progress: Progress
  readonly signal: AbortSignal
  /** False leaves out report.html. */
  readonly report?: boolean
  /** Keeps checkpoints, where the experiment can have some. */
  readonly checkpoints?: CheckpointOptions
}

/** Runs an experiment and its twins into a run folder, and sums it up. Takes the progress down at its end. */
export async function performRun(asked: Experiment, dataset: Dataset, work: RunWork): Promise<Summary> {
  const { folder, launch, progress, signal } = work
  requireFit(asked, dataset)
  const plan = planOf(asked)
  const experiment = withProbe(asked, dataset, shardsOf(asked, dataset.train.labels, plan.n), plan)
  const startedAt = new Date()
  const twins = twinsOf(experiment)
  const id = experimentId(experiment)
  const obstacle = withoutCheckpoints(experiment)
  const checkpoints =
    work.checkpoints && obstacle === undefined ? openCheckpoints(folder, id, work.checkpoints) : undefined
  if (work.checkpoints?.resume && hasBegun(folder)) progress.say(whereFrom(checkpoints, obstacle))
  for (const line of starvationWarning(experiment, plan)) progress.say(line)
  if (await isInterrupted(signal)) {
    progress.stop()
    throw new NotStartedError('the run did not begin: it was interrupted', 130)
  }
  const eventLog = openRunFolder(folder)
  const began = performance.now()
  let outcome: RunOutcome
  const twinSummaries: TwinSummary[] = []
  try {
    outcome = await withPlainErrors(() =>
      launch(experiment, dataset, {
        signal,
        say: progress.say,
        ...(checkpoints ? { checkpoints } : {}),
        watch(event) {
          eventLog.append(event)
          progress.record(event)
        },
      }),
    )
    if (!outcome.log.some(({ type }) => type === 'roster')) {
      const interrupted = outcome.outcome === 'interrupted'
      const here = outcome.roster.filter(({ id }) => id !== undefined).length
      throw new NotStartedError(
        `the run did not begin: ${outcome.failure ?? 'it was interrupted'}; ${here} of ${plan.n} peers were here`,
        interrupted ? 130 : 3,
      )
    }
    for (const twin of twins) {
      if (outcome.outcome !== 'finished' || signal.aborted) break
      const watch: Watch = (event) => progress.recordTwin(twin.name, event)
      const result = await launchSimulation(twin.experiment, dataset, watch, signal)
      if (result.outcome !== 'finished') break
      twinSummaries.push(
        summariseTwin({
          name: twin.name,
          label: twin.label,
          log: result.log,
          consensus: result.consensus,
          neighbourhoods: result.neighbourhoods,
          displacements: result.displacements ?? [],
          transcriptHash: result.transcriptHash ?? '',
        }),
      )
    }
  } catch (error) {
    // Bad input that only starting shows, such as a port that is taken, or no start at all: there is nothing to keep.
    if ((error instanceof InputError || error instanceof NotStartedError) && !checkpoints?.earlier)
      rmSync(folder, { recursive: true, force: true })
    throw error
  } finally {
    progress.stop()
    eventLog.close()
  }
  // Without its twins a run says less than was asked: it is as little finished as one that lacks rounds.
  const cut = signal.aborted ? twins.slice(twinSummaries.length) : []
  const ended = outcome.outcome === 'finished' && cut.length > 0 ? 'interrupted' : outcome.outcome
  const environment = environmentOf(outcome)
  const summed = summarise({
    experiment,
    experimentId: id,
    hearsayVersion: packageVersion(),
    startedAt: startedAt.toISOString(),
    wallMs: (checkpoints?.earlierMs ?? 0) + performance.now() - began,
    log: outcome.log,
    edges: experiment.exchange === 'none' ? [] : plan.edges,
    twins: twinSummaries,
    neighbourhoods: outcome.neighbourhoods,
    displacements: outcome.displacements ?? [],
    consensus: outcome.consensus,
    exact: outcome.exact,
    repetition: { ...repetitionOf(experiment, outcome), transcriptHash: outcome.transcriptHash },
    outcome: ended,
    ...(outcome.failure === undefined ? {} : { failure: outcome.failure }),
    environment,
  })
  const stopped = work.checkpoints && ended === 'interrupted'
  const untwinned =
    ended === outcome.outcome
      ? []
      : [`Not run to the end: ${count(cut.length, 'twin')} (${list(cut.map(({ name }) => name))}).`]
  const notes = [
    ...toleranceNote(experiment, plan),
    ...summed.notes,
    ...untwinned,
    ...(stopped ? [nextTime(folder, obstacle)] : []),
  ]
  const summary = { ...summed, notes }
  writeRunFolder(folder, { experiment, environment, log: outcome.log, summary }, { report: work.report ?? true })
  if (ended === 'finished') checkpoints?.remove()
  return summary
}

/** The folder of a run that is to go on; InputError where there is nothing of this experiment to go on with. */
function resumable(path: string, id: string): string {
  const folder = resolve(path)
  if (!existsSync(folder)) throw new InputError(`--resume ${path}: there is no such folder`)
  if (finishedRun(folder, id))
    throw new InputError(`--resume ${path}: this run is finished; see: hearsay report ${path}`)
  if ((checkpointIn(folder) ?? runIn(folder)) !== id) {
    throw new InputError(`--resume ${path}: there is no run of this experiment; its identity is ${id.slice(0, 8)}`)
  }
  return folder
}

/** What a run that is resumed starts from, in words. */
function whereFrom(checkpoints: Checkpoints | undefined, obstacle: string | undefined): string {
  const round = checkpoints?.earlier?.simulation.round
  if (round !== undefined) return `goes on after round ${round + 1}`
  return `starts over: ${obstacle ?? 'there is no checkpoint'}`
}

/** What becomes of a run that was stopped, in words. */
function nextTime(folder: string, obstacle: string | undefined): string {
  if (obstacle) return `Resumed, this run starts over: ${obstacle}.`
  return checkpointIn(folder)
    ? 'Resumed, this run goes on from its checkpoint.'
    : 'Resumed, this run starts over: it has no checkpoint yet.'
}

/** The twins of an experiment as experiments of their own, each simulated. */
function twinsOf(experiment: Experiment) {
  return experiment.twins.map((twin) => ({
    ...twin,
    experiment: changeExperiment(
      { ...experiment, twins: [], expect: [], runtime: { name: 'simulation' } },
      twin.set,
      `${experiment.name}: twins: ${twin.name}`,
    ),
  }))
}

function exitCodeOf(summary: Summary): number {
  return summary.verdict.kind === 'interrupted' ? 130 : summary.verdict.exitCode
}

/**
 * How an experiment is launched. The swarm's code and libp2p are loaded only by those who need them; what this machine
 * lacks is said before anything starts.
 */
export async function launcherOf({ runtime }: Experiment): Promise<Launch> {
  if (runtime.name === 'simulation') {
    return (experiment, dataset, { watch, signal, checkpoints }) =>
      launchSimulation(experiment, dataset, watch, signal, checkpoints ? { checkpoints } : {})
  }
  if (runtime.name === 'hosted') throw new InputError('runtime hosted: start it with: hearsay host FILE --peers N')
  if (runtime.name !== 'processes') (await import('../machine/chromium.ts')).requireChromium()
  const { launchSwarm } = await import('../launch/swarm.ts')
  return (experiment, dataset, ports) => launchSwarm({ experiment, dataset, ...ports })
}

function openRunFolder(folder: string): EventLog {
  try {
    return openEventLog(folder)
  } catch (error) {
    throw new InputError(`${shown(folder)}: the run folder cannot be made (${(error as NodeJS.ErrnoException).code})`)
  }
}

async function withPlainErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const unavailable = error instanceof EngineUnavailableError || error instanceof ComputeError
    if (unavailable && error.code === 'engine-unavailable') throw new InputError(`learning.engine: ${error.message}`)
    throw error
  }
}

function environmentOf(outcome: RunOutcome): Environment {
  return {
    hearsay: packageVersion(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch} ${release()}`,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    engines: Object.fromEntries(outcome.roster.map(({ peer, engine }) => [String(peer), engine ?? 'unknown'])),
  }
}

/** A path as a person would type it from here. */
function shown(path: string): string {
  const relative = path.startsWith(join(process.cwd(), '/')) ? path.slice(process.cwd().length + 1) : path
  return relative
}
