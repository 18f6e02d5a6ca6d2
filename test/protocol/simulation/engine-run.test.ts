import { expect, test } from 'vitest'
import { configurePipeline } from '#aggregation/pipeline.ts'
import { createWasmWorkspace } from '#learning/engines/wasm-engine.ts'
import { initialise } from '#learning/models/initialise.ts'
import { buildModel } from '#learning/models/registry.ts'
import { randomStream } from '#learning/random.ts'
import { augmentationOf, descentOf, momentumAt } from '#protocol/assembly/peer-config.ts'
import { withStream } from '#protocol/compute/compute.ts'
import { createTrainer } from '#protocol/peer/trainer.ts'
import { planOf } from '#protocol/plan/plan.ts'
import { shardsOf } from '#protocol/plan/shards.ts'
import { runSimulation } from '#protocol/simulation/simulation.ts'
import { dataset, experimentOf, transcript } from './engine-run.ts'
import { subtleDigest } from './quadratic-pool.ts'

test('a simulation on the wasm engine has these bits in Node and in every browser', async () => {
  const experiment = experimentOf()
  const plan = planOf(experiment)
  const [height, width, channels] = dataset.train.shape
  const model = buildModel(experiment.learning.model, height * width * channels, dataset.classes)
  const workspace = createWasmWorkspace({ model, dataset }, { engine: 'wasm', hardware: false })
  const initial = initialise(model, randomStream(experiment.seed, 'initialise'))
  const { transcriptHash } = await runSimulation(experiment, plan, {
    pool: {
      trainer: (peer) =>
        createTrainer({
          workspace,
          initial,
          descent: descentOf(experiment),
          momentumAt: momentumAt(experiment),
          ...augmentationOf(experiment, experiment.seed, peer),
        }),
      aggregator: (peer) => ({
        async aggregate(request) {
          const size = plan.neighbourhoodsAt(request.round)[peer]?.members.length ?? 1
          return configurePipeline(experiment.aggregation, size).aggregate(withStream(request))
        },
      }),
    },
    shards: shardsOf(experiment, dataset.train.labels, plan.n),
    digest: subtleDigest,
    recorder: { record: () => {} },
  })
  expect(transcriptHash).toBe(transcript)
})
