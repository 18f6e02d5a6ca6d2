// Time of a peer-round and peak memory of simulations with many peers: random 6-regular graph, mlp on MNIST, models
// exchanged, one peer in ten Byzantine. It uses the built workers (npm run build first).
// npx tsx --conditions=hearsay-source test/benchmark/scale.ts [--peers 100,300,1000,3000] [--rounds 4] [--json]
// Every size runs in its own process. The first round allocates everything and is reported separately.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { launchSimulation } from '#harness/launch/simulation.ts'
import { loadDataset } from '#node/data/load.ts'
import { experimentSchema } from '#protocol/experiment/schema.ts'

const value = (name: string, otherwise: string): string => {
  const at = process.argv.indexOf(`--${name}`)
  return at > 0 ? (process.argv[at + 1] ?? otherwise) : otherwise
}
const rounds = Number(value('rounds', '4'))

interface Size {
  readonly peers: number
  /** Seconds until the first peer closed round 0, and from then until the last peer closed it. */
  readonly startS: number
  /** Wall and processor milliseconds per peer and round, from the second round on, without evaluation. */
  readonly peerRoundMs: number
  readonly peerRoundCpuMs: number
  readonly evaluationS: number
  readonly peakMiB: number
  /** Memory of parameters, momentum and outgoing update only. */
  readonly vectorsMiB: number
}

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

async function measure(peers: number): Promise<Size> {
  const byzantine = Math.floor(peers / 10)
  const experiment = experimentSchema.parse({
    name: 'scale',
    peers: { honest: peers - byzantine, byzantine },
    topology: { name: 'random-regular', degree: 6 },
    learning: { dataset: 'mnist', model: 'mlp', engine: 'wasm', batchSize: 16, batchOrder: 'fixed-cycle' },
    aggregation: { name: 'trimmed-mean', f: 1 },
    attack: { name: 'little-is-enough', z: 1.5 },
    rounds: { count: rounds, evaluateEvery: rounds },
    runtime: { name: 'simulation' },
  })
  const whole = await loadDataset('mnist')
  // Evaluation is not measured: a tenth of the test images is enough.
  const { test } = whole
  const count = 1000
  const dataset = {
    ...whole,
    test: { ...test, count, images: test.images.subarray(0, count * 784), labels: test.labels.subarray(0, count) },
  }
  const started = performance.now()
  /** Wall and processor time when the last peer closed each round. */
  const closed: { wall: number; cpu: number }[] = []
  const end = { first: 0 }
  await launchSimulation(
    experiment,
    dataset,
    (event) => {
      if (event.type === 'round-closed') closed[event.round] = { wall: performance.now(), cpu: cpuMs() }
      if (event.type === 'round-closed' && event.round === 0 && end.first === 0) end.first = performance.now()
    },
    new AbortController().signal,
  )
  // In the last round peers close between evaluations, so the round before it is the last that counts.
  const [first, last] = [closed[0], closed[rounds - 2]] as [
    { wall: number; cpu: number },
    { wall: number; cpu: number },
  ]
  const counted = (rounds - 2) * peers
  return {
    peers,
    startS: (end.first - started) / 1000,
    peerRoundMs: (last.wall - first.wall) / counted,
    peerRoundCpuMs: (last.cpu - first.cpu) / counted,
    evaluationS: (performance.now() - last.wall) / 1000,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    vectorsMiB: (peers * 3 * 79_510 * 4) / 2 ** 20,
  }
}

const alone = value('alone', '')
if (alone) process.stdout.write(JSON.stringify(await measure(Number(alone))))
else {
  const sizes = value('peers', '100,300,1000,3000')
    .split(',')
    .map((peers): Size => {
      const script = fileURLToPath(import.meta.url)
      const argv = [...process.execArgv, script, '--alone', peers, '--rounds', String(rounds)]
      const child = spawnSync(process.execPath, argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
      return JSON.parse(child.stdout) as Size
    })
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(sizes, null, 2)}\n`)
  else {
    const rows = sizes.map((size) =>
      [
        String(size.peers),
        size.startS.toFixed(1),
        size.peerRoundMs.toFixed(2),
        size.peerRoundCpuMs.toFixed(2),
        size.evaluationS.toFixed(1),
        size.peakMiB.toFixed(0),
        size.vectorsMiB.toFixed(0),
      ].join(' | '),
    )
    const head =
      'peers | start, s | peer-round, ms | processor, ms | last round and evaluation, s | peak, MiB | vectors, MiB'
    process.stdout.write(`${[head, ...rows].join('\n')}\n`)
  }
}
