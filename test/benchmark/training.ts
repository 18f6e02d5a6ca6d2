// Time of a training step and of an evaluation, engine against engine, minimum of interleaved rounds in one run:
// npx tsx --conditions=hearsay-source test/benchmark/training.ts [--json] [--rounds n] [--without-torch]
// For torch it needs /usr/bin/python3 with torch and a BLAS worth comparing with (Debian: apt-get install python3-torch
// libopenblas0-pthread), or PYTHON=another.
import { type ChildProcess, spawn } from 'node:child_process'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Dataset, LabelledImages } from '#learning/dataset.ts'
import type { EngineName } from '#learning/engine.ts'
import { initialise } from '#learning/initialise.ts'
import { buildModel } from '#learning/models/registry.ts'
import { openEngine } from '#learning/open-engine.ts'
import { openWorkspace } from '#learning/open-workspace.ts'
import { integer, randomStream } from '#learning/random.ts'
import { nodeEngines } from '#node/compute/engine.ts'

/** Milliseconds of one step, or of one evaluation of 10,000 images. */
interface Contender {
  readonly name: string
  steps(network: 'mlp' | 'cnn', batchSize: number, count: number): Promise<number>
  evaluation(): Promise<number>
  close(): void
}

const images = 10_000
const random = randomStream(1, 'benchmark')
/** Dense images, so that no contender profits from a background of one colour. */
function datasetOf(count: number, shape: LabelledImages['shape']): Dataset {
  const part = {
    count,
    shape,
    images: Uint8Array.from({ length: count * shape[0] * shape[1] * shape[2] }, () => integer(random, 256)),
    labels: Uint8Array.from({ length: count }, () => integer(random, 10)),
  }
  return { name: 'random', classes: 10, normalisation: { mean: 0.1307, deviation: 0.3081 }, train: part, test: part }
}
const subjects = {
  mlp: { model: buildModel('mlp', 784, 10), dataset: datasetOf(images, [28, 28, 1]) },
  cnn: { model: buildModel('cnn', 3072, 10), dataset: datasetOf(1000, [32, 32, 3]) },
}

async function ours(name: Exclude<EngineName, 'auto'>): Promise<Contender> {
  const engine = await openEngine(name, nodeEngines)
  const workspaces = {
    mlp: await openWorkspace(engine, subjects.mlp),
    cnn: await openWorkspace(engine, subjects.cnn),
  }
  return {
    name,
    async steps(network, batchSize, count) {
      const { model, dataset } = subjects[network]
      const parameters = initialise(model, randomStream(1, 'initial'))
      const momentum = new Float32Array(model.parameterCount)
      const batches = Array.from({ length: count }, () =>
        Uint32Array.from({ length: batchSize }, () => integer(random, dataset.train.count)),
      )
      const descent = { learningRate: 0.01, beta: 0.9, dampening: 0 }
      const start = performance.now()
      await workspaces[network].descend(parameters, momentum, batches, descent)
      return (performance.now() - start) / count
    },
    async evaluation() {
      const parameters = initialise(subjects.mlp.model, randomStream(1, 'initial'))
      const start = performance.now()
      await workspaces.mlp.evaluate(parameters)
      return performance.now() - start
    },
    close() {},
  }
}

/** Asks test/benchmark/torch/training.py, one line a question. Undefined where torch is not installed. */
async function torch(): Promise<Contender | undefined> {
  const script = fileURLToPath(new URL('./torch/training.py', import.meta.url))
  const child: ChildProcess = spawn(process.env.PYTHON ?? '/usr/bin/python3', [script], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  if (!child.stdout || !child.stdin) throw new Error('the torch process has no pipes')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const { stdin } = child
  child.on('error', () => {})
  stdin.on('error', () => {})
  const hello = await lines.next()
  if (hello.done) return undefined
  const ask = async (question: string) => {
    stdin.write(`${question}\n`)
    const answer = await lines.next()
    if (answer.done) throw new Error('torch ended')
    return Number(answer.value)
  }
  return {
    name: `torch ${hello.value}, 1 thread`,
    steps: (network, batchSize, count) => ask(`${network} ${batchSize} ${count}`),
    evaluation: () => ask('evaluation'),
    close: () => stdin.end(),
  }
}

const flag = (name: string) => process.argv.includes(name)
const at = process.argv.indexOf('--rounds')
const rounds = at > 0 ? Number(process.argv[at + 1]) : 15
const rival = flag('--without-torch') ? undefined : await torch()
const contenders: Contender[] = [await ours('wasm'), await ours('tfjs-wasm'), ...(rival ? [rival] : [])]

interface Task {
  readonly task: string
  run(contender: Contender): Promise<number>
}
const tasks: readonly Task[] = [
  ...[32, 64, 128].map((batchSize) => ({
    task: `mlp, a step at batch ${batchSize}`,
    run: (contender: Contender) => contender.steps('mlp', batchSize, contender.name === 'tfjs-wasm' ? 5 : 40),
  })),
  { task: 'mlp, evaluation of 10,000 images', run: (contender) => contender.evaluation() },
  ...[32, 128].map((batchSize) => ({
    task: `cnn, a step at batch ${batchSize}`,
    run: (contender: Contender) => contender.steps('cnn', batchSize, contender.name === 'tfjs-wasm' ? 1 : 4),
  })),
]
const table = []
for (const { task, run } of tasks) {
  const best = new Map(contenders.map(({ name }) => [name, Number.POSITIVE_INFINITY]))
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      best.set(contender.name, Math.min(best.get(contender.name) as number, await run(contender)))
    }
  }
  table.push({ task, milliseconds: Object.fromEntries(best) })
}
for (const contender of contenders) contender.close()

if (flag('--json')) {
  console.log(JSON.stringify({ machine: cpus()[0]?.model, node: process.version, rounds, table }))
} else {
  const names = contenders.map(({ name }) => name)
  console.log(`| ms | ${names.join(' | ')} |${rival ? ' wasm / torch |' : ''}`)
  console.log(`| --- |${' ---: |'.repeat(names.length + (rival ? 1 : 0))}`)
  for (const { task, milliseconds } of table) {
    const values = names.map((name) => milliseconds[name] as number)
    const ratio = rival ? ` ${((values[0] as number) / (values.at(-1) as number)).toFixed(2)} |` : ''
    console.log(`| ${task} | ${values.map((value) => value.toPrecision(3)).join(' | ')} |${ratio}`)
  }
}
