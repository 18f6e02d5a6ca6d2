import { changeExperiment, loadExperiment } from '#harness/config/load.ts'
import { launchSimulation } from '#harness/launch/simulation.ts'
import { loadDataset } from '#node/data/load.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import type { Checkpoints } from '#protocol/simulation/run-checkpoint.ts'

/** A small run whose transcript is pinned in test/vectors/transcripts.json. */
export interface PinnedRun {
  readonly name: string
  /** Paths of the experiment and their values, on top of `base`. */
  readonly set: Readonly<Record<string, unknown>>
  /** Stops after the first checkpoint and resumes from it. */
  readonly resumed?: boolean
}

/** The common part of the pinned runs: eight peers on a ring lattice, two of them Byzantine, 6 rounds on digits. */
const base: Readonly<Record<string, unknown>> = {
  name: 'pinned',
  twins: [],
  expect: [],
  runtime: { name: 'simulation', workers: 2 },
  'learning.dataset': 'digits',
  'learning.model': 'softmax-regression',
  'rounds.count': 6,
  'rounds.evaluateEvery': 2,
}

/** The whole experiment of a pinned run. */
export function experimentOf({ name, set }: PinnedRun): Experiment {
  return changeExperiment(loadExperiment('quickstart'), { ...base, ...set }, name)
}

/** Runs it in the simulator; resolves to its transcript hash. */
export async function transcriptOf(run: PinnedRun): Promise<string> {
  const experiment = experimentOf(run)
  const dataset = await loadDataset(experiment.learning.dataset)
  if (!run.resumed) return hashOf(await launchSimulation(experiment, dataset, () => {}, new AbortController().signal))
  const stop = new AbortController()
  const kept: NonNullable<Checkpoints['earlier']>[] = []
  const log: NonNullable<Checkpoints['earlier']>['log'][number][] = []
  const checkpoints: Checkpoints = {
    earlierMs: 0,
    due: () => true,
    save(checkpoint) {
      kept.push({ ...structuredClone(checkpoint), log: log.slice(0, checkpoint.events) })
      stop.abort()
    },
    remove() {},
  }
  await launchSimulation(experiment, dataset, (event) => log.push(event), stop.signal, { checkpoints })
  const [earlier] = kept
  if (!earlier) throw new Error(`${run.name}: no checkpoint was taken`)
  const second = { ...checkpoints, earlier, save() {} }
  return hashOf(
    await launchSimulation(experiment, dataset, () => {}, new AbortController().signal, { checkpoints: second }),
  )
}

function hashOf({ outcome, transcriptHash }: { outcome: string; transcriptHash?: string | null }): string {
  if (outcome !== 'finished' || !transcriptHash) throw new Error(`the run ended as ${outcome}`)
  return transcriptHash
}
