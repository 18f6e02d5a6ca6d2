import type { Dataset } from '#learning/datasets/dataset.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import type { RunOutcome, Watch } from '#protocol/simulation/outcome.ts'
import type { Checkpoints } from '#protocol/simulation/run-checkpoint.ts'
import { launchSimulation } from '../launch/simulation.ts'
import { outwardInterfaces } from '../machine/interfaces.ts'

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
 * starts if the runtime needs a browser, or a network interface, and this machine has none.
 */
export async function launcherOf({ runtime }: Experiment): Promise<Launch> {
  if (runtime.name === 'simulation') {
    return (experiment, dataset, { watch, signal, checkpoints }) =>
      launchSimulation(experiment, dataset, watch, signal, checkpoints ? { checkpoints } : {})
  }
  if (runtime.name === 'hosted') throw new InputError('runtime hosted: start it with: hearsay host FILE --peers N')
  await requireBrowser({ runtime })
  requireInterface({ runtime })
  const { launchSwarm } = await import('../launch/swarm.ts')
  return (experiment, dataset, ports) => launchSwarm({ experiment, dataset, ...ports })
}

/** Throws InputError if the runtime launches tabs and this machine has no browser. */
export async function requireBrowser({ runtime }: Pick<Experiment, 'runtime'>): Promise<void> {
  if (runtime.name === 'browsers' || runtime.name === 'mixed')
    (await import('../machine/chromium.ts')).requireChromium()
}

/** Throws InputError if peers connect over WebRTC and this machine has the loopback interface only. */
function requireInterface({ runtime }: Pick<Experiment, 'runtime'>): void {
  const overWebRtc = !('links' in runtime) || runtime.links === 'webrtc'
  if (!overWebRtc || outwardInterfaces().length > 0) return
  const instead = runtime.name === 'processes' ? '; processes can connect without one: --set runtime.links=auto' : ''
  throw new InputError(
    `runtime.links: webrtc needs a network interface besides loopback, with an IPv4 address${instead}`,
  )
}
