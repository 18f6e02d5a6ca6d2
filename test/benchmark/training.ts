// Time of a training step and of an evaluation on each engine: the minimum of interleaved rounds in one run.
// npx tsx --conditions=hearsay-source test/benchmark/training.ts [--json] [--rounds n] [--without-torch]
//   [--processor-time]
// --processor-time measures processor time instead of wall time, for a busy machine. The comparison with torch requires
// /usr/bin/python3, or PYTHON=PATH, with torch and a fast BLAS (Debian: apt-get install python3-torch
// libopenblas0-pthread).
import { cpus } from 'node:os'
import { createTask, describeTask, type TrainingTask, trainingTasks } from '#harness/bench/training.ts'
import type { EngineName } from '#learning/engines/engine.ts'
import { openEngine } from '#learning/engines/open-engine.ts'
import { nodeEngines } from '#node/compute/engine.ts'
import { openTorch } from './torch/client.ts'

const flag = (name: string) => process.argv.includes(name)
const processorTime = flag('--processor-time')

interface Contender {
  readonly name: string
  /** Milliseconds of one step, or of the evaluation. */
  run(task: TrainingTask): Promise<number>
  close(): void
}

/** Wall time or processor time so far, in milliseconds. */
function now(): number {
  if (!processorTime) return performance.now()
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

async function ours(name: Exclude<EngineName, 'auto'>): Promise<Contender> {
  const engine = await openEngine(name, nodeEngines)
  const runs = new Map<TrainingTask, Awaited<ReturnType<typeof createTask>>>()
  for (const task of tasks) runs.set(task, await createTask(engine, task))
  return {
    name,
    async run(task) {
      const steps = name.startsWith('wasm') ? task.steps : Math.ceil(task.steps / 8)
      const start = now()
      await runs.get(task)?.(steps)
      return (now() - start) / steps
    },
    close() {},
  }
}

/** Undefined if torch is not installed. */
async function torch(): Promise<Contender | undefined> {
  const rival = await openTorch(processorTime ? ['--processor-time'] : [])
  if (!rival) return undefined
  return {
    name: `torch ${rival.version}, 1 thread`,
    run: ({ model, batchSize, steps }) =>
      rival.ask(batchSize === undefined ? 'evaluation' : `${model} ${batchSize} ${steps}`),
    close: rival.close,
  }
}

/** The tasks that are compared with torch: the networks of the LIE paper. */
const tasks = trainingTasks.filter(({ model }) => model === 'mlp' || model === 'cnn')
const at = process.argv.indexOf('--rounds')
const rounds = at > 0 ? Number(process.argv[at + 1]) : 15
const rival = flag('--without-torch') ? undefined : await torch()
const contenders: Contender[] = [
  await ours('wasm'),
  await ours('wasm-fast'),
  await ours('tfjs-wasm'),
  ...(rival ? [rival] : []),
]

const table = []
for (const task of tasks) {
  const best = new Map(contenders.map(({ name }) => [name, Number.POSITIVE_INFINITY]))
  for (let round = 0; round < rounds * task.repeats; round++) {
    for (const contender of contenders) {
      // The slow engine runs only for orientation.
      if (contender.name === 'tfjs-wasm' && round >= rounds) continue
      best.set(contender.name, Math.min(best.get(contender.name) as number, await contender.run(task)))
    }
  }
  table.push({ task: describeTask(task), milliseconds: Object.fromEntries(best) })
}
for (const contender of contenders) contender.close()

if (flag('--json')) {
  console.log(JSON.stringify({ machine: cpus()[0]?.model, node: process.version, rounds, processorTime, table }))
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
