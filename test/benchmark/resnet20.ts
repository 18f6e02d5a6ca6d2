// Compares our resnet20 with the same network in torch, from the same parameters on the same batches of mnist-10k: the
// first gradient, the loss of each step, and the accuracy at the end.
// npx tsx --conditions=hearsay-source test/benchmark/resnet20.ts [--steps n]
// Requires /usr/bin/python3, or PYTHON=PATH, with torch.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createWasmWorkspace } from '#learning/engines/wasm-engine.ts'
import { initialise } from '#learning/models/initialise.ts'
import { buildModel } from '#learning/models/registry.ts'
import { randomStream } from '#learning/random.ts'
import { createBatches } from '#learning/training/batches.ts'
import { loadDataset } from '#node/data/load.ts'

const at = process.argv.indexOf('--steps')
const steps = at > 0 ? Number(process.argv[at + 1]) : 80
const dataset = await loadDataset('mnist-10k')
const model = buildModel('resnet20', 784, 10)
const start = initialise(model, randomStream(1, 'initial'))
const examples = Uint32Array.from({ length: dataset.train.count }, (_, i) => i)
const source = createBatches({ seed: 1, peer: 0, examples, batchSize: 16, order: 'shuffled' })
const batches = Array.from({ length: steps }, () => source.next())
const workspace = createWasmWorkspace({ model, dataset })
const { gradient } = await workspace.gradient(start, batches[0] as Uint32Array)
const rates = [0.01, 0.1]

interface Training {
  readonly losses: readonly number[]
  readonly accuracy: number
}

const ours: Training[] = []
for (const learningRate of rates) {
  let state: Pick<Awaited<ReturnType<typeof workspace.descend>>, 'parameters' | 'momentum'> = {
    parameters: start,
    momentum: new Float32Array(start.length),
  }
  const losses: number[] = []
  for (const batch of batches) {
    const step = await workspace.descend(state.parameters, state.momentum, [batch], {
      learningRate,
      beta: 0.9,
      dampening: 0,
    })
    losses.push(step.loss)
    state = step
  }
  ours.push({ losses, accuracy: (await workspace.evaluate(state.parameters)).accuracy })
}

const base64 = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64')
const part = ({ images, labels }: typeof dataset.train) => ({ images: base64(images), labels: base64(labels) })
const script = fileURLToPath(new URL('./torch/resnet20.py', import.meta.url))
const torch = JSON.parse(
  execFileSync(process.env.PYTHON ?? '/usr/bin/python3', [script], {
    input: JSON.stringify({
      ...dataset.normalisation,
      train: part(dataset.train),
      test: part(dataset.test),
      start: base64(start),
      gradient: base64(gradient),
      batches: batches.map((batch) => [...batch]),
      rates,
    }),
    maxBuffer: 2 ** 28,
    encoding: 'utf8',
  }),
) as { gradient: number; runs: Record<'group' | 'batch', Training[]> }

console.log(`first gradient: largest difference ${torch.gradient.toExponential(1)} of the largest number`)
console.log(`| after ${steps} steps at batch 16, momentum 0.9 | ours | torch, group norm | torch, batch norm |`)
console.log('| --- | ---: | ---: | ---: |')
for (const [i, rate] of rates.entries()) {
  const runs = [ours[i], torch.runs.group[i], torch.runs.batch[i]]
  const late = (losses: readonly number[]) => losses.slice(-10).reduce((a, b) => a + b) / Math.min(10, losses.length)
  const row = (name: string, figure: (run: Training) => string) =>
    console.log(`| learning rate ${rate}, ${name} | ${runs.map((run) => (run ? figure(run) : '-')).join(' | ')} |`)
  row('loss of the third step', ({ losses }) => (losses[2] ?? Number.NaN).toFixed(4))
  row('mean loss of the last ten', ({ losses }) => late(losses).toFixed(3))
  row('test accuracy', ({ accuracy }) => `${(100 * accuracy).toFixed(1)} %`)
}
