import { randomStream } from '#learning/random.ts'
import { type Experiment, experimentSchema } from '#protocol/experiment/schema.ts'
import type { NeighbourhoodFigures } from '#protocol/figures/figures.ts'
import type { LoggedEvent, RosterEntry, RunEvent } from '#protocol/record/events.ts'
import { type RunResult, summariseTwin } from '#report/summary/summarise.ts'
import type { TwinSummary } from '#report/summary/summary.ts'

/** An experiment like the preset quickstart, with some sections replaced. */
export function quickstart(changes: Record<string, unknown> = {}): Experiment {
  return experimentSchema.parse({
    name: 'quickstart',
    question: 'What do two colluding Byzantine peers cost a swarm that averages, and what does the median win back?',
    peers: { honest: 6, byzantine: 2, placement: [1, 6] },
    topology: { name: 'ring', neighbours: 4 },
    learning: { dataset: 'mnist-10k', model: 'mlp', learningRate: 0.05, localSteps: 2 },
    aggregation: { name: 'median' },
    attack: { name: 'little-is-enough', z: 10 },
    rounds: { count: 40 },
    runtime: { name: 'mixed', tabs: 4 },
    expect: [
      { metric: 'accuracy.mean', atLeast: 0.85 },
      { metric: 'accuracy.worst', atLeast: 0.85 },
    ],
    twins: [
      { name: 'peace', label: 'nobody lies', set: { attack: { name: 'none' }, aggregation: { name: 'average' } } },
      { name: 'bare', label: 'the attack and plain averaging', set: { aggregation: { name: 'average' } } },
      { name: 'trim', label: 'the attack and the trimmed mean', set: { aggregation: { name: 'trimmed-mean', f: 1 } } },
      { name: 'alone', label: 'each peer alone', set: { exchange: 'none', attack: { name: 'none' } } },
    ],
    ...changes,
  })
}

/** Edges of a ring lattice: every peer and the next `reach` on the ring. */
export function lattice(n: number, reach: number): [number, number][] {
  const edges = Array.from({ length: n }, (_, i) => Array.from({ length: reach }, (_, k) => [i, (i + k + 1) % n]))
  return edges.flat().map(([a = 0, b = 0]) => [Math.min(a, b), Math.max(a, b)])
}

export function roster(
  n: number,
  edges: readonly (readonly [number, number])[],
  byzantinePeers: readonly number[],
): RosterEntry[] {
  return Array.from({ length: n }, (_, peer) => ({
    peer,
    kind: peer % 2 === 0 ? 'tab' : 'process',
    role: byzantinePeers.includes(peer) ? 'byzantine' : 'honest',
    neighbours: edges.flatMap(([a, b]) => (a === peer ? [b] : b === peer ? [a] : [])).sort((a, b) => a - b),
    engine: peer % 2 === 0 ? 'tfjs-wasm' : 'tfjs-cpu',
    examples: 999,
  }))
}

interface Course {
  readonly peers: readonly RosterEntry[]
  readonly rounds: number
  readonly evaluateEvery: number
  /** The final mean accuracy, and the spread of the peers. */
  readonly end: number
  readonly apart: number
  readonly seed: number
  readonly z?: number
}

/** A plausible log: accuracy rises towards its end, Byzantine peers are mostly trimmed away, some updates come late. */
export function course({ peers, rounds, evaluateEvery, end, apart, seed, z }: Course): LoggedEvent[] {
  const random = randomStream(seed, 'synthetic log')
  const honest = peers.filter((peer) => peer.role === 'honest')
  const log: LoggedEvent[] = [{ type: 'roster', peers, startedAt: '2026-11-23T12:00:00.000Z' }]
  for (let round = 0; round < rounds; round++) {
    for (const entry of peers) {
      const at = { peer: entry.peer, round, atMs: round * 900 + entry.peer }
      if (entry.role === 'byzantine' && z !== undefined) log.push({ ...at, type: 'attack-crafted', z, colluders: 2 })
      const members = [...entry.neighbours, entry.peer].sort((a, b) => a - b)
      const weights = members.map((peer) => (honest.some((h) => h.peer === peer) ? 0.2 + random() * 0.1 : 0.02))
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      if (random() < 0.01) log.push({ ...at, type: 'update-rejected', from: entry.neighbours[0] ?? 0, reason: 'late' })
      log.push({
        ...at,
        type: 'round-closed',
        closing: 'complete',
        loss: 2.3 * Math.exp(-round / 12) + 0.3,
        trainMs: 120 + random() * 30,
        waitMs: 300 + random() * 200,
        aggregateMs: 6 + random(),
        bytesSent: (round + 1) * 4 * 318_100,
        bytesReceived: (round + 1) * 4 * 318_100 - (entry.peer % 3) * 318_100,
        accepted: entry.neighbours,
        missing: [],
        influence: members.map((peer, i) => [peer, (weights[i] as number) / total] as const),
      })
      if ((round + 1) % evaluateEvery !== 0 && round !== rounds - 1) continue
      const rank = honest.length > 1 ? honest.findIndex((h) => h.peer === entry.peer) / (honest.length - 1) - 0.5 : 0
      const risen = 1 - 0.75 * Math.exp(-round / 8)
      log.push({
        ...at,
        type: 'evaluated',
        accuracy: end * risen + rank * apart + (random() - 0.5) * 0.004,
        loss: 2.3 * Math.exp(-round / 12) + 0.3,
        evaluateMs: 80,
        digest: 'ab'.repeat(32),
      })
    }
  }
  const stop = (peer: number): RunEvent => ({
    type: 'stopped',
    peer,
    round: rounds - 1,
    atMs: rounds * 900,
    reason: 'finished',
  })
  return [...log, ...peers.map((entry) => stop(entry.peer))]
}

/** A run of 8 peers with four twins and plausible final accuracies. */
export function quickstartResult(changes: Partial<RunResult> = {}): RunResult {
  const experiment = quickstart()
  const edges = lattice(8, 2)
  const peers = roster(8, edges, [1, 6])
  const run = { peers, rounds: 40, evaluateEvery: 5 }
  const twin = (name: string, end: number, apart: number, seed: number): TwinSummary =>
    summariseTwin({
      name,
      label: experiment.twins.find((entry) => entry.name === name)?.label ?? name,
      log: course({ ...run, end, apart, seed }),
      consensus: [{ round: 39, distance: 0.4 }],
      transcriptHash: 'cd'.repeat(32),
    })
  const evaluated = [4, 9, 14, 19, 24, 29, 34, 39]
  const neighbourhoods: NeighbourhoodFigures[] = evaluated.flatMap((round) =>
    [0, 2, 3, 4, 5, 7].map((peer) => ({
      round,
      peer,
      realisedZ: 5.6 + ((round * 7 + peer * 13) % 10) / 5,
      supporters: 0.01,
      byzantineInfluence: 0.04,
      kappa: 0.3,
    })),
  )
  return {
    experiment,
    experimentId: '9f2c4e1a7b3d',
    hearsayVersion: '0.1.0',
    startedAt: '2026-11-23T12:00:00.000Z',
    wallMs: 71_300,
    log: course({ ...run, end: 0.907, apart: 0.012, seed: 1, z: 10 }),
    edges,
    twins: [
      twin('peace', 0.922, 0.006, 2),
      twin('bare', 0.752, 0.068, 3),
      twin('trim', 0.842, 0.08, 4),
      twin('alone', 0.848, 0.04, 5),
    ],
    neighbourhoods,
    consensus: evaluated.map((round) => ({ round, distance: 4.1 * Math.exp(-round / 10) + 0.3 })),
    exact: false,
    repetition: { class: 'D1', transcriptHash: 'ef'.repeat(32) },
    outcome: 'finished',
    environment: {
      node: 'v20.20.2',
      platform: 'linux x64',
      cpu: 'Some CPU @ 2.0 GHz',
      cores: 2,
      memoryGiB: 8,
      chromium: '143.0.7499.40',
      engines: { tabs: 'tfjs-wasm', processes: 'tfjs-cpu' },
    },
    ...changes,
  }
}
