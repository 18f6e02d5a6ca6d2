import { availableParallelism } from 'node:os'
import type { Dataset } from '#learning/datasets/dataset.ts'
import { createComputePool } from '#node/compute/pool.ts'
import { nodeDigest } from '#node/network/digest.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import type { RunOutcome, Watch } from '#protocol/simulation/outcome.ts'
import { type SimulationOptions, type SimulationShell, simulate } from '#protocol/simulation/simulate.ts'
import { builtUrl } from '../config/built.ts'

/** Runs an experiment in the simulator, on worker threads of this process. */
export function launchSimulation(
  experiment: Experiment,
  dataset: Dataset,
  watch: Watch,
  signal: AbortSignal,
  options: SimulationOptions = {},
): Promise<RunOutcome> {
  const shell: SimulationShell = {
    openCompute: (setup, size) => createComputePool({ size, workerUrl: builtUrl('node/compute/worker.js'), setup }),
    workers: availableParallelism(),
    digest: nodeDigest,
    now: () => new Date().toISOString(),
  }
  return simulate(experiment, dataset, shell, watch, signal, options)
}
