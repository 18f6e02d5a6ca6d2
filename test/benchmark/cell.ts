// How much a cell of the LIE paper's table costs beyond its training steps: 51 peers on the complete graph, 12 of them
// liars, batch 128. All of `hearsay run` but the start of Node, on built workers (npm run build first):
// npx tsx --conditions=hearsay-source test/benchmark/cell.ts [--dataset mnist|cifar10] [--rounds 300] [--workers 2] [--json]
// The time of a step is the least before and after the run. Processor time compares on a busy machine, wall does not.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchSimulation } from '#harness/launch/simulation.ts'
import { summarise } from '#harness/report/summarise.ts'
import { openEventLog, writeRunFolder } from '#harness/report/write.ts'
import { initialise } from '#learning/initialise.ts'
import { buildModel } from '#learning/models/registry.ts'
import { openWorkspace } from '#learning/open-workspace.ts'
import { randomStream } from '#learning/random.ts'
import { wasmEngine } from '#learning/wasm-engine.ts'
import { loadDataset } from '#node/data.ts'
import { experimentSchema } from '#protocol/experiment.ts'
import { planOf } from '#protocol/plan.ts'

const value = (name: string, otherwise: string): string => {
  const at = process.argv.indexOf(`--${name}`)
  return at > 0 ? (process.argv[at + 1] ?? otherwise) : otherwise
}
const datasetName = value('dataset', 'mnist') === 'cifar10' ? 'cifar10' : 'mnist'
const rounds = Number(value('rounds', '300'))
const workers = Number(value('workers', String(availableParallelism())))
const batchSize = 128

const experiment = experimentSchema.parse({
  name: 'cell',
  peers: { honest: 39, byzantine: 12 },
  topology: { name: 'complete' },
  exchange: 'gradients',
  learning: {
    dataset: datasetName,
    model: datasetName === 'mnist' ? 'mlp' : 'cnn',
    engine: 'wasm',
    partition: { name: 'iid' },
    batches: 'fixed-cycle',
    batchSize,
    learningRate: 0.1,
    momentum: { at: 'aggregate', beta: 0.9 },
  },
  aggregation: { name: 'trimmed-mean', f: 12, variant: 'around-median' },
  attack: { name: 'little-is-enough', z: 1.5 },
  rounds: { count: rounds, evaluateEvery: 5 },
  runtime: { name: 'simulation', workers },
})
const { model: modelName } = experiment.learning
const dataset = await loadDataset(datasetName)
const [height, width, channels] = dataset.train.shape
const model = buildModel(modelName, height * width * channels, dataset.classes)
const subject = { model, dataset }
const workspace = await openWorkspace(await wasmEngine.open({ software: true }), subject)
const start = initialise(model, randomStream(1, 'initialise'))

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Least wall and processor time (ms) of a step. */
async function stepTime(): Promise<{ wall: number; cpu: number }> {
  const least = { wall: Infinity, cpu: Infinity }
  const many = modelName === 'mlp' ? 20 : 4
  for (let turn = 0; turn < 12; turn++) {
    const [wall, cpu] = [performance.now(), cpuMs()]
    for (let i = 0; i < many; i++) {
      await workspace.gradient(
        start,
        Uint32Array.from({ length: batchSize }, (_, k) => 700 * turn + k),
      )
    }
    least.wall = Math.min(least.wall, (performance.now() - wall) / many)
    least.cpu = Math.min(least.cpu, (cpuMs() - cpu) / many)
  }
  return least
}

const before = await stepTime()
const folder = mkdtempSync(join(tmpdir(), 'hearsay-cell-'))
const log = openEventLog(folder)
const [wallFrom, cpuFrom] = [performance.now(), cpuMs()]
const outcome = await launchSimulation(experiment, dataset, (event) => log.append(event), new AbortController().signal)
log.close()
const simulated = { wall: performance.now() - wallFrom, cpu: cpuMs() - cpuFrom }
const summary = summarise({
  ...outcome,
  experiment,
  experimentId: '',
  hearsayVersion: '',
  startedAt: new Date().toISOString(),
  wallMs: simulated.wall,
  edges: planOf(experiment).edges,
  twins: [],
  repetition: { class: 'D0', transcriptHash: outcome.transcriptHash },
})
writeRunFolder(folder, { experiment, environment: {}, log: outcome.log, summary })
const all = { wall: performance.now() - wallFrom, cpu: cpuMs() - cpuFrom }
const after = await stepTime()

const step = { wall: Math.min(before.wall, after.wall), cpu: Math.min(before.cpu, after.cpu) }
const steps = 51 * rounds
const result = {
  dataset: datasetName,
  rounds,
  workers,
  steps,
  stepMs: step.wall,
  trainingS: (steps * step.wall) / 1000 / workers,
  simulationS: simulated.wall / 1000,
  reportS: (all.wall - simulated.wall) / 1000,
  processorS: all.cpu / 1000,
  /** Wall time against that of the steps alone, spread over the workers. */
  wallRatio: (all.wall * workers) / (steps * step.wall),
  /** Processor time against that of the steps alone. */
  processorRatio: all.cpu / (steps * step.cpu),
  peakMiB: process.resourceUsage().maxRSS / 1024,
  filesMiB: Object.fromEntries(readdirSync(folder).map((file) => [file, statSync(join(folder, file)).size / 2 ** 20])),
  accuracy: summary.metrics.accuracy,
  transcriptHash: outcome.transcriptHash,
}
rmSync(folder, { recursive: true })
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
else {
  const lines = [
    `${datasetName}, ${modelName}: ${steps} steps of ${step.wall.toPrecision(3)} ms on ${workers} workers: ${result.trainingS.toFixed(1)} s at the least`,
    `simulation ${result.simulationS.toFixed(1)} s, summary and report ${result.reportS.toFixed(2)} s: ${result.wallRatio.toFixed(2)} times the steps alone`,
    `processor time ${result.processorS.toFixed(1)} s: ${result.processorRatio.toFixed(2)} times that of the steps alone`,
    `peak memory ${result.peakMiB.toFixed(0)} MiB; files (MiB): ${Object.entries(result.filesMiB)
      .map(([file, size]) => `${file} ${size.toFixed(1)}`)
      .join(', ')}`,
    `accuracy ${summary.metrics.accuracy.mean} (best ${summary.metrics.accuracy.best}); transcript ${outcome.transcriptHash}`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
