// The pool of a simulation: n peers take one step each through one worker and through two. Takes the minimum of
// interleaved rounds in one run. On a busy machine wall time means little. The processor time of the busiest thread (on
// Linux) is the duration of the round on idle cores, without waiting. Its ratio is the possible speed-up.
// npx tsx --conditions=hearsay-source test/benchmark/pool.ts [--json] [--rounds n] (after npm run build)
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { subjectOf } from '#harness/bench/training.ts'
import { builtUrl } from '#harness/config/built.ts'
import { initialise } from '#learning/models/initialise.ts'
import { integer, randomStream } from '#learning/random.ts'
import { createComputePool } from '#node/compute/pool.ts'

const at = process.argv.indexOf('--rounds')
const rounds = at > 0 ? Number(process.argv[at + 1]) : 20
const peers = 64
const sizes = [1, 2]

async function createLoad(model: 'mlp' | 'cnn', size: number) {
  const subject = subjectOf(model)
  const setup = { model, dataset: subject.dataset, engine: 'wasm' } as const
  const pool = await createComputePool({ size, workerUrl: builtUrl('node/compute/worker.js'), setup })
  const random = randomStream(1, 'batches')
  const start = initialise(subject.model, randomStream(1, 'initial'))
  const states: { parameters: Float32Array; momentum: Float32Array }[] = Array.from({ length: peers }, () => ({
    parameters: start,
    momentum: new Float32Array(start.length),
  }))
  const descent = { learningRate: 0.01, beta: 0.9, dampening: 0 }
  return {
    async run() {
      const step = async ({ parameters, momentum }: (typeof states)[number]) => {
        const batch = Uint32Array.from({ length: 32 }, () => integer(random, subject.dataset.train.count))
        return pool.descend(parameters, momentum, [batch], descent)
      }
      states.splice(0, peers, ...(await Promise.all(states.map(step))))
    },
    close: () => pool.close(),
  }
}

/** Milliseconds of processor time of each thread of this process so far. */
function threadTimes(): Map<string, number> {
  const folder = '/proc/self/task'
  const threads = existsSync(folder) ? readdirSync(folder) : []
  return new Map(
    threads.map((thread) => [
      thread,
      Number(readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6,
    ]),
  )
}

/** Wall milliseconds, and processor milliseconds of the busiest thread. */
async function time(work: () => Promise<unknown>): Promise<{ clock: number; busiest: number }> {
  const before = threadTimes()
  const start = performance.now()
  await work()
  const clock = performance.now() - start
  const spent = [...threadTimes()].map(([thread, now]) => now - (before.get(thread) ?? 0))
  return { clock, busiest: Math.max(...spent) }
}

const table = []
for (const model of ['mlp', 'cnn'] as const) {
  const loads = await Promise.all(sizes.map((size) => createLoad(model, size)))
  const best = loads.map(() => ({ clock: Number.POSITIVE_INFINITY, busiest: Number.POSITIVE_INFINITY }))
  for (let round = 0; round < rounds; round++) {
    for (const [i, load] of loads.entries()) {
      const { clock, busiest } = await time(load.run)
      const least = best[i] as (typeof best)[number]
      best[i] = { clock: Math.min(least.clock, clock), busiest: Math.min(least.busiest, busiest) }
    }
  }
  for (const load of loads) await load.close()
  table.push({ model, peers, oneWorker: best[0], twoWorkers: best[1] })
}

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ machine: cpus()[0]?.model, node: process.version, rounds, table }))
} else {
  console.log(`| ms for a step of ${peers} peers | 1 worker | 2 workers | speed-up |`)
  console.log('| --- | ---: | ---: | ---: |')
  for (const { model, oneWorker, twoWorkers } of table) {
    for (const [how, label] of [
      ['clock', 'by the clock'],
      ['busiest', 'busiest thread'],
    ] as const) {
      const [one = 0, two = 0] = [oneWorker?.[how], twoWorkers?.[how]]
      const times = `${one.toPrecision(3)} | ${two.toPrecision(3)}`
      console.log(`| ${model}, batch 32, ${label} | ${times} | ${(one / two).toFixed(2)} |`)
    }
  }
}
