import { expect, test } from 'vitest'
import { loadDataset } from '#node/data/load.ts'
import { type Experiment, experimentSchema } from '#protocol/experiment/schema.ts'
import type { LoggedEvent, RunEvent } from '#protocol/record/events.ts'
import { launchSimulation } from '../../harness/launch/simulation.ts'
import { launchSwarm } from '../../harness/launch/swarm.ts'

const dataset = await loadDataset('digits')
const never = new AbortController().signal

/** Four processes, two of them Byzantine. Each Byzantine peer is a neighbour of both honest peers. */
const experimentOf = (attack: Record<string, unknown>, changes: Record<string, unknown> = {}) =>
  experimentSchema.parse({
    name: 'attacks-test',
    peers: { honest: 2, byzantine: 2, placement: [1, 2] },
    topology: { name: 'complete' },
    learning: { dataset: 'digits', model: 'softmax-regression', engine: 'wasm' },
    aggregation: { name: 'average' },
    attack,
    rounds: { count: 6, evaluateEvery: 3, deadlineMs: 20_000 },
    runtime: { name: 'processes' },
    ...changes,
  })

const swarm = async (experiment: Experiment): Promise<readonly LoggedEvent[]> => {
  const { failure, log } = await launchSwarm({ experiment, dataset, watch() {}, signal: never, say() {} })
  expect(failure).toBeUndefined()
  return log
}

function of<T extends RunEvent['type']>(log: readonly LoggedEvent[], type: T) {
  return log.filter((event) => event.type === type) as unknown as Extract<RunEvent, { type: T }>[]
}

test('Byzantine peers in processes train a backdoor as the simulator does, bit for bit, and all peers measure it', async () => {
  const attack = { name: 'backdoor', z: 6, alpha: 0.5, size: 2, target: 3, images: 100 }
  const experiment = experimentOf(attack, { probe: { name: 'pattern', size: 2, target: 3 } })
  const real = await swarm(experiment)
  const simulated = await launchSimulation({ ...experiment, runtime: { name: 'simulation' } }, dataset, () => {}, never)
  const models = (log: readonly LoggedEvent[]) =>
    of(log, 'evaluated')
      .map(({ peer, round, digest, probed }) => ({ peer, round, digest, probed }))
      .sort((a, b) => a.round - b.round || a.peer - b.peer)
  expect(models(real).length).toBe(8)
  expect(models(real)).toEqual(models(simulated.log))
  expect(models(real).every(({ probed }) => probed !== undefined)).toBe(true)
})

test('in one swarm of processes one Byzantine peer sends each victim its own vector, one flips labels, one replays', async () => {
  const members = [
    { name: 'little-is-enough', z: 1.5, centre: 'victim' },
    { name: 'label-flip' },
    { name: 'replay', age: 2 },
  ]
  const attack = { name: 'mixed', knowledge: 'neighbourhood', delivery: 'per-victim', members }
  const real = await swarm(experimentOf(attack, { peers: { honest: 2, byzantine: 3, placement: [1, 2, 3] } }))
  const crafted = of(real, 'attack-crafted')
  for (const peer of [1, 2, 3]) {
    for (const victim of [0, 4]) {
      const rounds = crafted.filter((event) => event.peer === peer && event.victim === victim).map(({ round }) => round)
      expect(rounds.toSorted(), `${peer} to ${victim}`).toEqual([0, 1, 2, 3, 4, 5])
    }
  }
  expect(crafted.every(({ peer, z }) => (z === 1.5) === (peer === 1))).toBe(true)
  const closed = of(real, 'round-closed').filter(({ peer }) => peer === 0 || peer === 4)
  expect(closed.map(({ missing }) => missing)).toEqual(Array(12).fill([]))
  expect(of(real, 'update-rejected')).toEqual([])
})

test('late, slow updates cost honest processes time, not the run', async () => {
  const attack = { name: 'stall', mode: 'drip', share: 0.5 }
  const real = await swarm(experimentOf(attack, { rounds: { count: 3, evaluateEvery: 3, deadlineMs: 600 } }))
  const closed = of(real, 'round-closed')
  for (const peer of [0, 3]) expect(closed.filter((event) => event.peer === peer).length).toBe(3)
})
