// Cost of one cell of the LIE paper's table: 51 peers on the complete graph, 12 of them Byzantine, batch 128, evaluated
// every 5 rounds. Measures all of `hearsay run` on the built command (npm run build first), start and report included.
// Compares it with the training steps alone, ours and torch's on one thread.
// npx tsx --conditions=hearsay-source test/benchmark/cell.ts [--dataset mnist|cifar10] [--rounds 300] [--workers 2]
//   [--without-torch] [--processor-time] [--json]
// With fewer than 300 rounds, it subtracts a run of a quarter of them and extrapolates the cost of a round to 300. Steps
// are timed before, between and after the runs, torch's and ours in turns; the minimum counts. With --processor-time the
// processor time of the processes counts: unlike wall time, it is comparable on a busy machine.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openWorkspace } from '#learning/engines/open-workspace.ts'
import { wasmEngine } from '#learning/engines/wasm-engine.ts'
import { initialise } from '#learning/models/initialise.ts'
import { buildModel } from '#learning/models/registry.ts'
import { randomStream } from '#learning/random.ts'
import { loadDataset } from '#node/data/load.ts'
import { openTorch } from './torch/client.ts'

const value = (name: string, otherwise: string): string => {
  const at = process.argv.indexOf(`--${name}`)
  return at > 0 ? (process.argv[at + 1] ?? otherwise) : otherwise
}
const cellRounds = 300
const peers = 51
const batchSize = 128
const datasetName = value('dataset', 'mnist') === 'cifar10' ? 'cifar10' : 'mnist'
const modelName = datasetName === 'mnist' ? 'mlp' : 'cnn'
const rounds = Number(value('rounds', String(cellRounds)))
const workers = Number(value('workers', String(availableParallelism())))

const experiment = {
  name: 'cell',
  peers: { honest: 39, byzantine: 12 },
  topology: { name: 'complete' },
  exchange: 'gradients',
  learning: {
    dataset: datasetName,
    model: modelName,
    engine: 'wasm',
    partition: { name: 'iid' },
    batchOrder: 'fixed-cycle',
    batchSize,
    learningRate: 0.1,
    momentum: { at: 'aggregate', beta: 0.9 },
  },
  aggregation: { name: 'trimmed-mean', f: 12, variant: 'around-median' },
  attack: { name: 'little-is-enough', z: 1.5 },
  runtime: { name: 'simulation', workers },
}

interface Cost {
  readonly wallS: number
  readonly processorS: number
}
interface Run extends Cost {
  readonly peakMiB: number
  readonly filesMiB: Readonly<Record<string, number>>
  readonly accuracy: { readonly mean: number; readonly best: number }
  readonly transcriptHash: string
}

/** Runs `hearsay run` in a process that writes down its resource usage. */
function run(count: number): Run {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-cell-'))
  const [file, usage] = [join(folder, 'cell.json'), join(folder, 'usage.json')]
  writeFileSync(file, JSON.stringify({ ...experiment, rounds: { count, evaluateEvery: 5 } }))
  const farewell = `import { writeFileSync } from 'node:fs'
    process.on('exit', () => writeFileSync(${JSON.stringify(usage)}, JSON.stringify(process.resourceUsage())))`
  const command = fileURLToPath(new URL('../../dist/harness/cli.js', import.meta.url))
  const began = performance.now()
  const preload = ['--import', `data:text/javascript,${encodeURIComponent(farewell)}`]
  const { status, stderr } = spawnSync(process.execPath, [...preload, command, 'run', file, '--out', folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  const wallS = (performance.now() - began) / 1000
  if (status !== 0) throw new Error(`hearsay run ended with ${status}: ${stderr}`)
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(readFileSync(usage, 'utf8')) as NodeJS.ResourceUsage
  const name = readdirSync(folder).find((entry) => entry.startsWith('cell-')) as string
  const runFolder = join(folder, name)
  const { metrics, repetition } = JSON.parse(readFileSync(join(runFolder, 'summary.json'), 'utf8'))
  const filesMiB = Object.fromEntries(
    readdirSync(runFolder).map((entry) => [entry, statSync(join(runFolder, entry)).size / 2 ** 20]),
  )
  rmSync(folder, { recursive: true })
  return {
    wallS,
    processorS: (userCPUTime + systemCPUTime) / 1e6,
    peakMiB: maxRSS / 1024,
    filesMiB,
    accuracy: metrics.accuracy,
    transcriptHash: repetition.transcriptHash,
  }
}

const dataset = await loadDataset(datasetName)
const [height, width, channels] = dataset.train.shape
const model = buildModel(modelName, height * width * channels, dataset.classes)
const workspace = await openWorkspace(await wasmEngine().open({ software: true }), { model, dataset })
const start = initialise(model, randomStream(1, 'initialise'))
const processorTime = process.argv.includes('--processor-time')
const torch = process.argv.includes('--without-torch')
  ? undefined
  : await openTorch(processorTime ? ['--processor-time'] : [])

const nowMs = (): number => {
  if (!processorTime) return performance.now()
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Minimum milliseconds of a step so far. */
const step = { ours: Infinity, torch: Infinity }
async function timeSteps(): Promise<void> {
  const many = modelName === 'mlp' ? 20 : 3
  for (let turn = 0; turn < 10; turn++) {
    const began = nowMs()
    for (let i = 0; i < many; i++) {
      await workspace.gradient(
        start,
        Uint32Array.from({ length: batchSize }, (_, k) => 700 * turn + k),
      )
    }
    step.ours = Math.min(step.ours, (nowMs() - began) / many)
    if (torch) step.torch = Math.min(step.torch, await torch.ask(`${modelName} ${batchSize} ${many}`))
  }
}

await timeSteps()
const shortRounds = Math.max(5, Math.round(rounds / 20) * 5)
const short = rounds < cellRounds ? run(shortRounds) : undefined
if (short) await timeSteps()
const long = run(rounds)
await timeSteps()
torch?.close()

/** Cost of all rounds of the cell, start and report included. */
const cell = (part: keyof Cost): number =>
  short ? long[part] + ((long[part] - short[part]) * (cellRounds - rounds)) / (rounds - shortRounds) : long[part]
const steps = peers * cellRounds
const result = {
  ...long,
  dataset: datasetName,
  workers,
  measuredRounds: rounds,
  load: loadavg()[0],
  cellS: cell('wallS'),
  processorS: cell('processorS'),
  stepMs: step.ours,
  /** The steps of the cell alone: ours on the workers, torch's on one thread. */
  stepsS: (steps * step.ours) / 1000 / workers,
  torchStepMs: torch ? step.torch : null,
  torchStepsS: torch ? (steps * step.torch) / 1000 : null,
  /** The whole cell against torch's steps alone on one thread. */
  againstTorch: torch ? cell('wallS') / ((steps * step.torch) / 1000) : null,
  processorAgainstTorch: torch ? cell('processorS') / ((steps * step.torch) / 1000) : null,
}
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
else {
  const { cellS, processorS, stepsS, torchStepsS, againstTorch, processorAgainstTorch } = result
  const files = Object.entries(long.filesMiB).map(([file, size]) => `${file} ${size.toFixed(1)}`)
  const lines = [
    `${datasetName}, ${modelName}, ${rounds} rounds measured, load ${result.load?.toFixed(1)}`,
    `a cell of ${cellRounds} rounds: ${cellS.toFixed(1)} s by the clock, ${processorS.toFixed(1)} s of processor time`,
    `its ${steps} steps alone: ${step.ours.toPrecision(3)} ms each, ${stepsS.toFixed(1)} s on ${workers} workers`,
    ...(torchStepsS === null || againstTorch === null || processorAgainstTorch === null
      ? []
      : [
          `torch ${torch?.version}: ${step.torch.toPrecision(3)} ms each, ${torchStepsS.toFixed(1)} s on one thread; the cell takes ${againstTorch.toFixed(2)} times as long (${processorAgainstTorch.toFixed(2)} by processor time)`,
        ]),
    `peak memory ${long.peakMiB.toFixed(0)} MiB; files (MiB): ${files.join(', ')}`,
    `accuracy ${long.accuracy.mean} (best ${long.accuracy.best}); transcript ${long.transcriptHash}`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
