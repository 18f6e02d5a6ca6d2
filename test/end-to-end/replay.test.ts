import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadDataset } from '#node/data/load.ts'
import { type Experiment, experimentSchema } from '#protocol/experiment/schema.ts'
import { launchSwarm } from '../../harness/launch/swarm.ts'
import { replay } from '../../harness/replay/replay.ts'
import { performRun } from '../../harness/run/perform.ts'
import { createProgress } from '../../harness/terminal/progress.ts'
import { readEventLines } from '../../protocol/record/event-lines.ts'
import type { Summary } from '../../report/summary/summary.ts'

const dataset = await loadDataset('digits')
const never = new AbortController().signal
const folders: string[] = []

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function experimentOf(changes: Record<string, unknown>): Experiment {
  return experimentSchema.parse({
    name: 'replayed',
    peers: { honest: 4, byzantine: 2, placement: [1, 2] },
    topology: { name: 'ring', neighbours: 4 },
    learning: {
      dataset: 'digits',
      model: 'softmax-regression',
      batchSize: 16,
      learningRate: 0.2,
      localSteps: 2,
      engine: 'wasm',
    },
    aggregation: { name: 'trimmed-mean', f: 1 },
    attack: { name: 'little-is-enough', z: 1.5 },
    rounds: { count: 60, evaluateEvery: 4, deadlineMs: 20_000 },
    runtime: { name: 'mixed', tabs: 2 },
    ...changes,
  })
}

interface Run {
  readonly folder: string
  readonly summary: Summary
}

/** Runs a swarm into its own folder. `meddle` receives the progress and the process ids, to kill one. */
async function swarm(
  experiment: Experiment,
  meddle: (round: number, pids: ReadonlyMap<number, number>) => void = () => {},
): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-replay-'))
  folders.push(folder)
  let pids: ReadonlyMap<number, number> = new Map()
  const summary = await performRun(experiment, dataset, {
    folder,
    signal: never,
    progress: createProgress({ name: experiment.name, rounds: experiment.rounds.count, twins: [] }),
    launch: (launched, _, ports) =>
      launchSwarm({
        experiment: launched,
        dataset,
        ...ports,
        launched(all) {
          pids = all
        },
        watch(event) {
          ports.watch(event)
          if (event.type === 'round-closed') meddle(event.round, pids)
        },
      }),
  })
  return { folder, summary }
}

async function replayed({ folder }: Run) {
  const { first, recorded, equal, as: repetition } = await replay(folder, { watch: () => () => {}, signal: never })
  return { first, missing: recorded - equal, repetition, recorded: recorded > 0 }
}

const whole = { first: null, missing: 0, repetition: 'D1', recorded: true }

test('a swarm of tabs and processes with neighbouring Byzantine peers and a killed process replays bit for bit', async () => {
  let killed = 0
  const run = await swarm(experimentOf({}), (round, pids) => {
    const pid = pids.get(0) ?? pids.get(3)
    if (round < 10 || killed > 0 || pid === undefined) return
    killed = pid
    process.kill(pid, 'SIGKILL')
  })
  expect(killed).toBeGreaterThan(0)
  expect(run.summary.notes.join(' ')).toMatch(/stopped early \(failed/)
  expect(run.summary.repetition).toMatchObject({ class: 'D1' })
  expect(await replayed(run)).toEqual(whole)
})

test('all peers of a swarm of tabs and processes measure a backdoor, and the run replays bit for bit', async () => {
  const run = await swarm(
    experimentOf({
      peers: { honest: 3, byzantine: 3, placement: [1, 2, 4] },
      topology: { name: 'complete' },
      aggregation: { name: 'average' },
      attack: { name: 'backdoor', size: 3, images: 200, batchSize: 25, z: 12, alpha: 0.5, target: 3 },
      rounds: { count: 16, evaluateEvery: 8, deadlineMs: 20_000 },
      expect: [{ metric: 'attack.successRate', atLeast: 0.9 }],
    }),
  )
  const { verdict, metrics, peers, repetition } = run.summary
  expect(peers.map(({ kind, role }) => `${kind} ${role}`)).toEqual([
    'process honest',
    'process byzantine',
    'tab byzantine',
    'process honest',
    'process byzantine',
    'tab honest',
  ])
  expect(metrics.attack.successRate).toBeGreaterThan(0.9)
  expect(verdict).toMatchObject({ kind: 'as expected', exitCode: 0 })
  for (const peer of peers) if (peer.role === 'honest') expect(peer.attackSuccess).toBeGreaterThan(0.9)
  expect(repetition).toMatchObject({ class: 'D1' })
  expect(await replayed(run)).toEqual(whole)
})

test('Byzantine peers wait once for a killed colluder, and continue to attack', async () => {
  let killed = 0
  const run = await swarm(
    experimentOf({
      peers: { honest: 3, byzantine: 3, placement: [1, 3, 4] },
      topology: { name: 'complete' },
      runtime: { name: 'processes' },
      rounds: { count: 40, evaluateEvery: 10, deadlineMs: 12_000 },
    }),
    (round, pids) => {
      if (round < 10 || killed > 0) return
      killed = pids.get(3) as number
      process.kill(killed, 'SIGKILL')
    },
  )
  expect(run.summary.verdict).toMatchObject({ exitCode: 0 })
  // With a wait of three seconds in every later round, 30 of 40 rounds would be long.
  const log = readEventLines(readFileSync(join(run.folder, 'events.ndjson'), 'utf8'))
  const long = log.filter((event) => event.type === 'round-closed' && event.peer === 0 && event.waitMs >= 2900)
  expect(long.length).toBeLessThan(8)
  const last = log.filter((event) => event.type === 'attack-crafted' && event.round === 39)
  expect(last.map((event) => event.type === 'attack-crafted' && event.present)).toEqual([
    [1, 4],
    [1, 4],
  ])
  expect(await replayed(run)).toEqual(whole)
})

test('a swarm that breaks before all peers have joined leaves a run folder with the reason', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-replay-'))
  folders.push(folder)
  const experiment = experimentOf({ runtime: { name: 'processes' } })
  const summary = await performRun(experiment, dataset, {
    folder,
    signal: never,
    progress: createProgress({ name: experiment.name, rounds: experiment.rounds.count, twins: [] }),
    launch: (launched, _, ports) =>
      launchSwarm({
        experiment: launched,
        dataset,
        ...ports,
        launched: (pids) => void process.kill(pids.get(3) ?? 0, 'SIGKILL'),
      }),
  })
  expect(summary.verdict).toMatchObject({ kind: 'swarm broke', exitCode: 3 })
  expect(summary.verdict.lines[0]).toMatch(/^The swarm broke after 0 of 60 rounds: peer 3 ended before it joined/)
  expect(summary.repetition).toMatchObject({ class: 'D2', reason: 'no round was run' })
  expect(JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')).peers).toHaveLength(6)
  expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('The swarm broke')
  await expect(replay(folder, { watch: () => () => {}, signal: never })).rejects.toThrow(
    /class D2 \(no round was run\)/,
  )
})
