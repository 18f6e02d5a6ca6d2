// Compares the wasm engine (with --fast, wasm-fast) in a worker of a Chromium tab with the same engine in Node: the
// minimum of interleaved rounds in one run.
// npx tsx --conditions=hearsay-source test/benchmark/training-chromium.ts [--json] [--rounds n] [--fast]
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium } from 'playwright'
import { createTask, describeTask, type TrainingTask, trainingTasks } from '#harness/bench/training.ts'
import { requireChromium } from '#harness/machine/chromium.ts'
import { openEngine } from '#learning/engines/open-engine.ts'
import { nodeEngines } from '#node/compute/engine.ts'

const at = process.argv.indexOf('--rounds')
const fast = process.argv.includes('--fast')
const rounds = at > 0 ? Number(process.argv[at + 1]) : 15

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('./training-worker.ts', import.meta.url))],
  bundle: true,
  write: false,
  format: 'iife',
  conditions: ['hearsay-source'],
})
const browser = await chromium.launch({
  executablePath: requireChromium().path,
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
})
const page = await browser.newPage()
await page.route('http://bench.test/**', (route) =>
  route.request().url().endsWith('.js')
    ? route.fulfill({ contentType: 'text/javascript', body: outputFiles[0]?.text ?? '' })
    : route.fulfill({ contentType: 'text/html', body: '<title>bench</title>' }),
)
await page.goto('http://bench.test/')
const worker = await page.evaluateHandle(() => new Worker('/worker.js'))
const inTab = (task: TrainingTask) =>
  worker.evaluate(
    (running, asked) =>
      new Promise<number>((resolve, reject) => {
        running.onmessage = ({ data }) => resolve(data)
        running.onerror = ({ message }) => reject(new Error(message))
        running.postMessage(asked)
      }),
    { fast, task },
  )

const engine = await openEngine(fast ? 'wasm-fast' : 'wasm', nodeEngines)
const table = []
for (const task of trainingTasks) {
  const run = await createTask(engine, task)
  const inNode = async () => {
    const start = performance.now()
    await run(task.steps)
    return (performance.now() - start) / task.steps
  }
  let [node, tab] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let round = 0; round < rounds * task.repeats; round++) {
    node = Math.min(node, await inNode())
    tab = Math.min(tab, await inTab(task))
  }
  table.push({ task: describeTask(task), node, tab })
}
const version = browser.version()
await browser.close()

if (process.argv.includes('--json')) {
  const machine = { processor: cpus()[0]?.model, node: process.version, chromium: version }
  console.log(JSON.stringify({ machine, fast, rounds, table }))
} else {
  console.log(`| ms | Node ${process.versions.node} | worker in Chromium ${version} | Chromium / Node |`)
  console.log('| --- | ---: | ---: | ---: |')
  for (const { task, node, tab } of table) {
    console.log(`| ${task} | ${node.toPrecision(3)} | ${tab.toPrecision(3)} | ${(tab / node).toFixed(2)} |`)
  }
}
