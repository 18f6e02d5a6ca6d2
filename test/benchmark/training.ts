// Time of a training step and of an evaluation, engine against engine, minimum of interleaved rounds in one run:
// npx tsx --conditions=hearsay-source test/benchmark/training.ts [--json] [--rounds n] [--without-torch]
import { type ChildProcess, spawn } from 'node:child_process'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { EngineName } from '#learning/engine.ts'
import { initialise } from '#learning/initialise.ts'
import { buildModel } from '#learning/models/registry.ts'
import { openEngine } from '#learning/open-engine.ts'
import { openWorkspace } from '#learning/open-workspace.ts'
import { integer, randomStream } from '#learning/random.ts'
import { nodeEngines } from '#node/compute/engine.ts'
import { loadDataset } from '#node/data.ts'

/** Milliseconds of one step, or of one evaluation of 10,000 images. */
interface Contender {
  readonly name: string
  steps(batchSize: number, count: number): Promise<number>
  evaluation(): Promise<number>
  close(): void
}

const loaded = await loadDataset('mnist-10k')
const images = 10_000
const random = randomStream(1, 'benchmark')
// Dense images, so that no contender profits from a background of one colour.
const part = {
  count: images,
  shape: [28, 28, 1] as const,
  images: Uint8Array.from({ length: images * 784 }, () => integer(random, 256)),
  labels: Uint8Array.from({ length: images }, () => integer(random, 10)),
}
const dataset = { ...loaded, train: part, test: part }
const model = buildModel('mlp', 784, 10)

async function ours(name: Exclude<EngineName, 'auto'>): Promise<Contender> {
  const workspace = await openWorkspace(await openEngine(name, nodeEngines), { model, dataset })
  const parameters = initialise(model, randomStream(1, 'initial'))
  const momentum = new Float32Array(model.parameterCount)
  return {
    name,
    async steps(batchSize, count) {
      const batches = Array.from({ length: count }, () =>
        Uint32Array.from({ length: batchSize }, () => integer(random, images)),
      )
      const start = performance.now()
      await workspace.descend(parameters, momentum, batches, { learningRate: 0.01, beta: 0.9, dampening: 0 })
      return (performance.now() - start) / count
    },
    async evaluation() {
      const start = performance.now()
      await workspace.evaluate(parameters)
      return performance.now() - start
    },
    close() {},
  }
}

/** Asks test/benchmark/torch/training.py, one line a question. Undefined where torch is not installed. */
async function torch(): Promise<Contender | undefined> {
  const script = fileURLToPath(new URL('./torch/training.py', import.meta.url))
  const child: ChildProcess = spawn(process.env.PYTHON ?? 'python3', [script], { stdio: ['pipe', 'pipe', 'ignore'] })
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
    steps: (batchSize, count) => ask(`steps ${batchSize} ${count}`),
    evaluation: () => ask('evaluation'),
    close: () => stdin.end(),
  }
}

const flag = (name: string) => process.argv.includes(name)
const at = process.argv.indexOf('--rounds')
const rounds = at > 0 ? Number(process.argv[at + 1]) : 15
const rival = flag('--without-torch') ? undefined : await torch()
const contenders: Contender[] = [await ours('wasm'), await ours('tfjs-wasm'), ...(rival ? [rival] : [])]

const tasks: { readonly task: string; readonly run: (contender: Contender) => Promise<number> }[] = [
  ...[32, 64, 128].map((batchSize) => ({
    task: `mlp, a step at batch ${batchSize}`,
    run: (contender: Contender) => contender.steps(batchSize, contender.name === 'tfjs-wasm' ? 5 : 40),
  })),
  { task: 'mlp, evaluation of 10,000 images', run: (contender) => contender.evaluation() },
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
