import type { Dataset } from '#learning/datasets/dataset.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import type { RunOutcome, Watch } from '#protocol/simulation/outcome.ts'
import type { Checkpoints } from '#protocol/simulation/run-checkpoint.ts'
import { launchSimulation } from '../launch/simulation.ts'

/** Starts the peers of a run and resolves when the run is over. `hearsay host` passes its own. */
export type Launch = (experiment: Experiment, dataset: Dataset, ports: LaunchPorts) => Promise<RunOutcome>

export interface LaunchPorts {
  readonly watch: Watch
  readonly signal: AbortSignal
  readonly say: (line: string) => void
  /** Undefined if the run can have no checkpoints. */
  readonly checkpoints?: Checkpoints
}

/**
 * The launcher for the runtime of an experiment. Imports libp2p only for a swarm. Throws InputError before anything
 * starts if the runtime needs a browser and this machine has none.
 */
export async function launcherOf({ runtime }: Experiment): Promise<Launch> {
  if (runtime.name === 'simulation') {
    return (experiment, dataset, { watch, signal, checkpoints }) =>
      launchSimulation(experiment, dataset, watch, signal, checkpoints ? { checkpoints } : {})
  }
  if (runtime.name === 'hosted') throw new InputError('runtime hosted: start it with: hearsay host FILE --peers N')
  await requireBrowser({ runtime })
  const { launchSwarm } = await import('../launch/swarm.ts')
  return (experiment, dataset, ports) => launchSwarm({ experiment, dataset, ...ports })
}

/** Throws InputError if the runtime launches tabs and this machine has no browser. */
export async function requireBrowser({ runtime }: Pick<Experiment, 'runtime'>): Promise<void> {
  if (runtime.name === 'browsers' || runtime.name === 'mixed')
    (await import('../machine/chromium.ts')).requireChromium()
}
