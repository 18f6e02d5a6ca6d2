import { rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Dataset } from '#learning/datasets/dataset.ts'
import { EngineUnavailableError } from '#learning/engines/open-engine.ts'
import { isSystemError, writing } from '#node/system-error.ts'
import { ComputeError } from '#protocol/compute/compute-client.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { experimentId } from '#protocol/loading/identity.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { withoutCheckpoints } from '#protocol/peer/checkpoint.ts'
import type { LoggedEvent } from '#protocol/record/events.ts'
import type { RunOutcome } from '#protocol/simulation/outcome.ts'
import type { RunCheckpoint } from '#protocol/simulation/run-checkpoint.ts'
import { repetitionOf } from '#report/summary/repetition.ts'
import { summarise } from '#report/summary/summarise.ts'
import type { Summary, TwinSummary } from '#report/summary/summary.ts'
import { count, list } from '#report/summary/wording.ts'
import { packageVersion } from '../config/built.ts'
import { type CheckpointOptions, openCheckpoints } from '../store/checkpoints.ts'
import { createLosses, type Losses } from '../store/losses.ts'
import { hasBegun } from '../store/run-folder.ts'
import { writeRunFolder } from '../store/write.ts'
import { environmentOf } from './environment.ts'
import { openRunFolder } from './folder.ts'
import { isInterrupted } from './is-interrupted.ts'
import type { Launch, LaunchPorts } from './launcher.ts'
import { NotStartedError } from './not-started.ts'
import { requireOwnRules } from './own-rule.ts'
import { prepareRun } from './prepare.ts'
import { resumedFrom, resumptionNote } from './resuming.ts'
import { simulateTwins, type Twin } from './twins.ts'

/** Receives the progress of a run. */
export interface RunProgress {
  /** An event of the run itself. */
  record(event: LoggedEvent): void
  /** An event of a twin. */
  recordTwin(name: string, event: LoggedEvent): void
  /** A line for the user. */
  say(line: string): void
  /** The run and its twins are over, or the run did not begin. No further calls follow. */
  stop(): void
}

export interface RunWork {
  /** The run's own folder; undefined keeps the run in memory. */
  readonly folder: string | undefined
  readonly launch: Launch
  readonly progress: RunProgress
  readonly signal: AbortSignal
  /** False leaves out report.html. */
  readonly report?: boolean
  /** Keeps checkpoints if the experiment can have some. */
  readonly checkpoints?: CheckpointOptions
  /** Records the files that cannot be written; the run goes on without them. */
  readonly losses?: Losses
}

/**
 * Runs an experiment and its twins, writes the run folder and returns the summary. Prints nothing: messages go to
 * `progress`. Throws NotStartedError if the run did not begin.
 */
export async function performRun(asked: Experiment, dataset: Dataset, work: RunWork): Promise<Summary> {
  const { folder, progress, signal, losses = createLosses(progress.say) } = work
  const { experiment, plan, twins, warnings, tolerance } = prepareRun(asked, dataset)
  await requireOwnRules([experiment, ...twins.map((twin) => twin.experiment)])
  const startedAt = new Date()
  const id = experimentId(experiment)
  const obstacle = withoutCheckpoints(experiment)
  const checkpointPath = join(folder ?? '', 'checkpoint.bin')
  const wanted = folder !== undefined && obstacle === undefined ? work.checkpoints : undefined
  const opened = wanted && writing(checkpointPath, () => openCheckpoints(folder ?? '', id, wanted))
  const checkpoints = opened && {
    ...opened,
    save: (checkpoint: RunCheckpoint) =>
      losses.attempt(checkpointPath, () => opened.save(checkpoint, eventLog?.digest())),
  }
  if (work.checkpoints?.resume && folder !== undefined && hasBegun(folder)) progress.say(resumedFrom(opened, obstacle))
  for (const line of warnings) progress.say(line)
  if (await isInterrupted(signal)) {
    progress.stop()
    throw new NotStartedError('the run did not begin: it was interrupted', 130)
  }
  const eventLog = folder === undefined ? undefined : openRunFolder(folder)
  const began = performance.now()
  let outcome: RunOutcome
  let twinSummaries: TwinSummary[] = []
  try {
    outcome = await launchRun(work.launch, experiment, dataset, {
      signal,
      say: progress.say,
      ...(checkpoints ? { checkpoints } : {}),
      watch(event) {
        if (folder !== undefined) losses.attempt(join(folder, 'events.ndjson'), () => eventLog?.append(event))
        progress.record(event)
      },
    })
    requireBegun(outcome, plan.n)
    if (outcome.outcome === 'finished')
      twinSummaries = await simulateTwins(twins, dataset, (name, event) => progress.recordTwin(name, event), signal)
  } catch (error) {
    // Nothing started, or starting revealed bad input (such as a taken port). An empty run folder is not kept.
    if ((error instanceof InputError || error instanceof NotStartedError) && !work.checkpoints?.resume && folder)
      rmSync(folder, { recursive: true, force: true })
    throw error
  } finally {
    progress.stop()
    eventLog?.close()
  }
  // A run without all of its twins is not finished.
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
  const notes = [
    ...tolerance,
    ...summed.notes,
    ...(ended === outcome.outcome ? [] : [cutNote(cut)]),
    ...(work.checkpoints && folder !== undefined && ended === 'interrupted' ? [resumptionNote(folder, obstacle)] : []),
  ]
  const summary = { ...summed, notes }
  const files = { experiment, environment, log: outcome.log, summary }
  if (folder !== undefined) {
    writeRunFolder(folder, files, {
      report: work.report ?? true,
      attempt(path, work) {
        // The log on disk is complete, so the run can do without a second writing of it.
        const kept = basename(path) === 'events.ndjson' && eventLog?.holds(outcome.log.length)
        if (kept) ignoring(work)
        else losses.attempt(path, work)
      },
    })
  }
  if (ended === 'finished' && checkpoints) losses.attempt(checkpointPath, checkpoints.remove)
  return summary
}

/** Launches a run. Throws InputError if this machine lacks the engine that the experiment names. */
async function launchRun(
  launch: Launch,
  experiment: Experiment,
  dataset: Dataset,
  ports: LaunchPorts,
): Promise<RunOutcome> {
  try {
    return await launch(experiment, dataset, ports)
  } catch (error) {
    const unavailable = error instanceof EngineUnavailableError || error instanceof ComputeError
    if (unavailable && error.code === 'engine-unavailable') throw new InputError(`learning.engine: ${error.message}`)
    throw error
  }
}

/** Throws NotStartedError if a run ended before its n seats were taken: then its log has no roster. */
function requireBegun({ outcome, failure, log, roster }: RunOutcome, n: number): void {
  if (log.some(({ type }) => type === 'roster')) return
  const here = roster.filter(({ id }) => id !== undefined).length
  throw new NotStartedError(
    `the run did not begin: ${failure ?? 'it was interrupted'}; ${here} of ${n} peers had joined`,
    outcome === 'interrupted' ? 130 : 3,
  )
}

/** Runs `work` and ignores a system error. */
function ignoring(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!isSystemError(error)) throw error
  }
}

function cutNote(cut: readonly Twin[]): string {
  return `Not run to the end: ${count(cut.length, 'twin')} (${list(cut.map(({ name }) => name))}).`
}
