import { expect, test } from 'vitest'
import { loadDataset } from '#node/data/load.ts'
import { type Experiment, experimentSchema } from '#protocol/experiment/schema.ts'
import type { RunEvent } from '#protocol/record/events.ts'
import { launchSimulation } from '../../harness/launch/simulation.ts'
import { launchSwarm, type SwarmOptions } from '../../harness/launch/swarm.ts'
import type { RunOutcome } from '../../protocol/simulation/outcome.ts'

const dataset = await loadDataset('digits')
const never = new AbortController().signal

/** Small enough for eight peers on two cores. */
function experimentOf(changes: Record<string, unknown>): Experiment {
  return experimentSchema.parse({
    name: 'swarm-test',
    peers: { honest: 4, byzantine: 1, placement: [2] },
    topology: { name: 'ring', neighbours: 4 },
    learning: { dataset: 'digits', model: 'softmax-regression', batchSize: 16, learningRate: 0.2, localSteps: 2 },
    aggregation: { name: 'trimmed-mean', f: 1 },
    attack: { name: 'sign-flip' },
    rounds: { count: 12, evaluateEvery: 6, deadlineMs: 20_000 },
    runtime: { name: 'processes' },
    ...changes,
  })
}

function swarm(experiment: Experiment, options: Partial<SwarmOptions> = {}): Promise<RunOutcome> {
  return launchSwarm({ experiment, dataset, watch: () => {}, signal: never, say: () => {}, ...options })
}

function simulate(experiment: Experiment): Promise<RunOutcome> {
  return launchSimulation({ ...experiment, runtime: { name: 'simulation' } }, dataset, () => {}, never)
}

function events<T extends RunEvent['type']>({ log }: RunOutcome, type: T): Extract<RunEvent, { type: T }>[] {
  return log.filter((event) => event.type === type) as unknown as Extract<RunEvent, { type: T }>[]
}

/** Final accuracies of the honest peers, by peer. */
function accuracies(outcome: RunOutcome): number[] {
  const honest = outcome.roster.filter(({ role }) => role === 'honest').map(({ peer }) => peer)
  return honest.map(
    (peer) =>
      events(outcome, 'evaluated')
        .filter((event) => event.peer === peer)
        .at(-1)?.accuracy ?? 0,
  )
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

function stopsOf(outcome: RunOutcome): string[] {
  return events(outcome, 'stopped')
    .sort((a, b) => a.peer - b.peer)
    .map(({ peer, reason }) => `${peer} ${reason}`)
}

test('tabs and processes learn as in the simulator, and continue after the relay has stopped', async () => {
  const experiment = experimentOf({ runtime: { name: 'mixed', tabs: 2, links: 'auto' } })
  const [real, simulated] = [await swarm(experiment, { stopRelay: true }), await simulate(experiment)]
  expect(real.failure).toBeUndefined()
  expect(real).toMatchObject({ outcome: 'finished' })
  expect(real.roster.map(({ kind }) => kind).sort()).toEqual(['process', 'process', 'process', 'tab', 'tab'])
  expect(stopsOf(real)).toEqual(['0 finished', '1 finished', '2 finished', '3 finished', '4 finished'])
  expect(Math.abs(mean(accuracies(real)) - mean(accuracies(simulated)))).toBeLessThan(0.03)
  expect(Math.min(...accuracies(real))).toBeGreaterThan(0.8)
  // Every update of every round reached every neighbour, over TCP or WebRTC.
  for (const event of events(real, 'round-closed')) expect(event.missing).toEqual([])
  expect(events(real, 'update-rejected')).toEqual([])
})

test('tabs in separate contexts, each with only its own shard, compute the bits of the simulator', async () => {
  const experiment = experimentOf({
    peers: { honest: 3 },
    topology: { name: 'complete' },
    attack: { name: 'none' },
    aggregation: { name: 'median' },
    learning: { dataset: 'digits', model: 'softmax-regression', batchSize: 16, learningRate: 0.2, engine: 'wasm' },
    runtime: { name: 'browsers', isolate: 'context' },
  })
  const [real, simulated] = [await swarm(experiment), await simulate(experiment)]
  expect(real.failure).toBeUndefined()
  expect(real).toMatchObject({ outcome: 'finished' })
  expect(real.roster.every(({ kind }) => kind === 'tab')).toBe(true)
  const models = (outcome: RunOutcome) =>
    events(outcome, 'evaluated')
      .map(({ peer, round, digest, accuracy }) => ({ peer, round, digest, accuracy }))
      .sort((a, b) => a.round - b.round || a.peer - b.peer)
  expect(models(real)).toEqual(models(simulated))
})

test('with a graph that changes, a swarm wires the links of all rounds and computes the bits of the simulator', async () => {
  const experiment = experimentOf({
    topology: { name: 'exponential-cycle' },
    runtime: { name: 'processes', links: 'auto' },
  })
  const [real, simulated] = [await swarm(experiment), await simulate(experiment)]
  expect(real.failure).toBeUndefined()
  expect(stopsOf(real)).toEqual(['0 finished', '1 finished', '2 finished', '3 finished', '4 finished'])
  const shared = ({ peer, round, accepted }: { peer: number; round: number; accepted: readonly number[] }) =>
    `${peer} in round ${round}: ${accepted.join(' ')}`
  const rounds = (outcome: RunOutcome) => events(outcome, 'round-closed').map(shared).sort()
  expect(rounds(real)).toEqual(rounds(simulated))
  expect(rounds(real)[0]).toBe('0 in round 0: 1 4')
  expect(rounds(real)).toContain('0 in round 1: 2 3')
  expect(real.transcriptHash).toBe(simulated.transcriptHash)
})

test('gradients on the complete graph: all honest peers hold the same model after every round', async () => {
  const experiment = experimentOf({
    topology: { name: 'complete' },
    exchange: 'gradients',
    attack: { name: 'inner-product-manipulation', tau: 2 },
    runtime: { name: 'processes', links: 'auto' },
  })
  const [real, simulated] = [await swarm(experiment), await simulate(experiment)]
  expect(real.failure).toBeUndefined()
  expect(real).toMatchObject({ outcome: 'finished' })
  const digests = (outcome: RunOutcome, round: number): string[] =>
    events(outcome, 'round-closed')
      .filter((event) => event.round === round && event.peer !== 2)
      .map(({ stateDigest }) => stateDigest ?? 'none')
  for (let round = 0; round < experiment.rounds.count; round++) {
    expect(new Set(digests(real, round)).size).toBe(1)
    // Every peer used every vector, so the simulator computes the same bits.
    expect(digests(real, round)[0]).toBe(digests(simulated, round)[0])
  }
})

test('a peer that is killed costs its neighbours three heartbeats, not the run', async () => {
  const experiment = experimentOf({ rounds: { count: 200, evaluateEvery: 100, deadlineMs: 20_000 } })
  let pids: ReadonlyMap<number, number> = new Map()
  let killed = false
  const outcome = await swarm(experiment, {
    launched: (launched) => {
      pids = launched
    },
    watch(event) {
      if (event.type !== 'round-closed' || event.round < 10 || killed) return
      killed = true
      process.kill(pids.get(0) ?? 0, 'SIGKILL')
    },
  })
  expect(outcome.failure).toBeUndefined()
  expect(outcome).toMatchObject({ outcome: 'finished' })
  expect(stopsOf(outcome)).toEqual(['0 failed', '1 finished', '2 finished', '3 finished', '4 finished'])
  const lost = events(outcome, 'neighbour-absent').filter(({ neighbour }) => neighbour === 0)
  expect(lost.length).toBeGreaterThanOrEqual(3)
  const deadlines = events(outcome, 'round-closed').filter(({ closing }) => closing === 'deadline')
  expect(deadlines).toEqual([])
  expect(Math.min(...accuracies(outcome).slice(1))).toBeGreaterThan(0.8)
})

test.each([{ dissemination: 'gossip' }, { commitments: 'evidence' }, { commitments: 'before-reveal' }])(
  '%o: eight processes finish without a rejected update',
  async (changes) => {
    const experiment = experimentOf({
      peers: { honest: 7, byzantine: 1, placement: [3] },
      topology: { name: 'complete' },
      rounds: { count: 6, evaluateEvery: 6, deadlineMs: 20_000 },
      ...changes,
    })
    const outcome = await swarm(experiment)
    expect(outcome.failure).toBeUndefined()
    expect(outcome).toMatchObject({ outcome: 'finished' })
    for (const event of events(outcome, 'round-closed')) expect(event.missing).toEqual([])
    expect(events(outcome, 'update-rejected')).toEqual([])
    expect(Math.min(...accuracies(outcome))).toBeGreaterThan(0.7)
  },
)
