import { expect, test } from 'vitest'
import { launchSimulation } from '../../../harness/launch/simulation.ts'
import { dataset, experimentOf, transcript } from '../../protocol/simulation/engine-run.ts'

test('one worker and two compute the same bits as this thread and a browser', async () => {
  for (const workers of [1, 2]) {
    const experiment = experimentOf({ runtime: { name: 'simulation', workers } })
    const outcome = await launchSimulation(experiment, dataset, () => {}, new AbortController().signal)
    expect(outcome.transcriptHash).toBe(transcript)
  }
})
