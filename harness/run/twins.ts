import type { Dataset } from '#learning/datasets/dataset.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import type { LoggedEvent } from '#protocol/record/events.ts'
import { summariseTwin } from '#report/summary/summarise.ts'
import type { TwinSummary } from '#report/summary/summary.ts'
import { changeExperiment } from '../config/load.ts'
import { launchSimulation } from '../launch/simulation.ts'

/** A twin as an experiment of its own. */
export interface Twin {
  readonly name: string
  readonly label: string
  readonly experiment: Experiment
}

/** The twins of an experiment. Each runs in the simulator, also if the experiment is a swarm. */
export function twinsOf(experiment: Experiment): Twin[] {
  return experiment.twins.map(({ name, label, set }) => ({
    name,
    label,
    experiment: changeExperiment(
      { ...experiment, twins: [], expect: [], runtime: { name: 'simulation' } },
      set,
      `${experiment.name}: twins: ${name}`,
    ),
  }))
}

/** Simulates the twins one after another. Resolves to the summaries of the twins that finished. */
export async function simulateTwins(
  twins: readonly Twin[],
  dataset: Dataset,
  record: (twin: string, event: LoggedEvent) => void,
  signal: AbortSignal,
): Promise<TwinSummary[]> {
  const summaries: TwinSummary[] = []
  for (const { name, label, experiment } of twins) {
    if (signal.aborted) break
    const result = await launchSimulation(experiment, dataset, (event) => record(name, event), signal)
    if (result.outcome !== 'finished') break
    summaries.push(
      summariseTwin({
        name,
        label,
        log: result.log,
        consensus: result.consensus,
        neighbourhoods: result.neighbourhoods,
        displacements: result.displacements ?? [],
        transcriptHash: result.transcriptHash ?? '',
      }),
    )
  }
  return summaries
}
