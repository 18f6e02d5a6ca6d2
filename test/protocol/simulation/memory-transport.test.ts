import { expect, test } from 'vitest'
import type { Update } from '#protocol/round/update.ts'
import { createMemoryNetwork, type MemoryFaults } from '#protocol/simulation/memory-transport.ts'
import { createVirtualClock } from '#protocol/simulation/virtual-clock.ts'
import { update } from '../round/round-driver.ts'

const none: MemoryFaults = { churn: 0, drop: 0, delayMs: 0 }

/** n peers that record what they receive. */
function network(n: number, faults: Partial<MemoryFaults> = {}, seed = 1) {
  const clock = createVirtualClock()
  const memory = createMemoryNetwork(seed, n, { ...none, ...faults })
  const log: { readonly to: number; readonly how: string; readonly update: Update; readonly atMs: number }[] = []
  const refused: { readonly at: number; readonly from: number; readonly reason: string }[] = []
  const transports = Array.from({ length: n }, (_, peer) => {
    const transport = memory.transport(peer, clock.of(peer))
    const note = (how: string) => (arrived: Update) => log.push({ to: peer, how, update: arrived, atMs: clock.now() })
    const rejected = (from: number, reason: string) => refused.push({ at: peer, from, reason })
    transport.listen({ update: note('update'), colluded: note('colluded'), rejected, alive: () => {} })
    return transport
  })
  const at = (peer: number) => transports[peer] as (typeof transports)[number]
  return { clock, log, refused, at }
}

test('an update arrives by reference, in virtual time, and is counted at both ends', async () => {
  const { clock, log, at } = network(2)
  const sent = update(0, 3)
  at(0).send(1, sent)
  expect(log).toEqual([])
  await clock.run()
  expect(log).toEqual([{ to: 1, how: 'update', update: sent, atMs: 0 }])
  expect(log[0]?.update.vector).toBe(sent.vector)
  const bytes = 256 + 2 * 4
  expect(at(0).traffic()).toEqual({ bytesSent: bytes, bytesReceived: 0 })
  expect(at(1).traffic()).toEqual({ bytesSent: 0, bytesReceived: bytes })
})

test.each([Number.NaN, Infinity])(
  'an update with %s in it is refused on arrival, and no peer can pull it',
  async (value) => {
    const { clock, log, refused, at } = network(3)
    at(0).send(1, { ...update(0, 3), vector: Float32Array.of(1, value) })
    at(2).pull(0, 3, 0)
    await clock.run()
    expect(log).toEqual([])
    expect(refused).toEqual([{ at: 1, from: 0, reason: 'not-finite' }])
  },
)

test("colluders' vectors come on their own channel", async () => {
  const { clock, log, at } = network(2)
  at(0).collude(1, update(0, 0))
  await clock.run()
  expect(log.map(({ how }) => how)).toEqual(['colluded'])
})

test('a peer that has closed receives nothing', async () => {
  const { clock, log, at } = network(2)
  await at(1).close()
  at(0).send(1, update(0, 0))
  await clock.run()
  expect(log).toEqual([])
})

test('losses are keyed by edge and round: another order of sending loses the same updates', async () => {
  const arrivedWhen = async (order: (rounds: number[]) => number[]): Promise<string[]> => {
    const { clock, log, at } = network(3, { drop: 0.3 })
    for (const round of order(Array.from({ length: 100 }, (_, k) => k))) {
      at(0).send(1, update(0, round))
      at(0).send(2, update(0, round))
      at(1).send(0, update(1, round))
    }
    await clock.run()
    return log.map(({ to, update: { sender, round } }) => `${round}: ${sender} to ${to}`).sort()
  }
  const forward = await arrivedWhen((rounds) => rounds)
  expect(await arrivedWhen((rounds) => rounds.reverse())).toEqual(forward)
  // Within three standard deviations of 210 of 300, and not the same rounds on all edges.
  expect(Math.abs(forward.length - 210)).toBeLessThan(24)
  const on = (edge: string) => forward.filter((line) => line.endsWith(edge)).map((line) => line.split(':')[0])
  expect(on('0 to 1')).not.toEqual(on('0 to 2'))
  expect(on('0 to 1')).not.toEqual(on('1 to 0'))
})

test('another seed loses others', async () => {
  const arrived = async (seed: number): Promise<number[]> => {
    const { clock, log, at } = network(2, { drop: 0.5 }, seed)
    for (let round = 0; round < 50; round++) at(0).send(1, update(0, round))
    await clock.run()
    return log.map(({ update: { round } }) => round)
  }
  expect(await arrived(1)).toEqual(await arrived(1))
  expect(await arrived(2)).not.toEqual(await arrived(1))
})

test('delays are exponential with the given mean', async () => {
  const { clock, log, at } = network(40, { delayMs: 100 })
  for (let from = 0; from < 40; from++) for (let to = 0; to < 40; to++) at(from).send(to, update(from, 0))
  await clock.run()
  const times = log.map(({ atMs }) => atMs)
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length
  // 1600 draws: the mean has a standard error of 2.5 ms.
  expect(Math.abs(mean - 100)).toBeLessThan(10)
  const beyond = times.filter((time) => time > 100).length / times.length
  expect(Math.abs(beyond - Math.exp(-1))).toBeLessThan(0.04)
})

test('on one edge updates arrive in the order in which they were sent, whatever their delays', async () => {
  const { clock, log, at } = network(3, { delayMs: 100 })
  for (let round = 0; round < 50; round++) {
    clock.of(0).schedule(round * 3, () => {
      at(0).send(1, update(0, round))
      at(0).send(2, update(0, round))
    })
  }
  await clock.run()
  for (const peer of [1, 2]) {
    const rounds = log.filter(({ to }) => to === peer).map(({ update: { round } }) => round)
    expect(rounds).toEqual(Array.from({ length: 50 }, (_, k) => k))
  }
})

test('a peer that is away neither sends nor receives, for whole rounds', async () => {
  const n = 4
  const { clock, log, at } = network(n, { churn: 0.3 })
  const rounds = 60
  for (let round = 0; round < rounds; round++) {
    for (let from = 0; from < n; from++) {
      for (let to = 0; to < n; to++) if (from !== to) at(from).send(to, update(from, round))
    }
  }
  await clock.run()
  let aways = 0
  for (let round = 0; round < rounds; round++) {
    const pairs = log.filter(({ update: { round: of } }) => of === round)
    const present = new Set(pairs.flatMap(({ to, update: { sender } }) => [to, sender]))
    // All peers that are present reach each other; with fewer than two there is no update.
    expect(pairs).toHaveLength(present.size * Math.max(0, present.size - 1))
    if (present.size >= 2) aways += n - present.size
  }
  expect(aways).toBeGreaterThan(30)
  expect(aways).toBeLessThan(110)
  // Nothing leaves a peer that is away.
  const bytes = 256 + 2 * 4
  expect(at(0).traffic().bytesSent).toBeLessThan(rounds * (n - 1) * bytes * 0.95)
})

test('a pulled update comes once, from any peer that holds it', async () => {
  const { clock, log, at } = network(3)
  const wanted = update(2, 0)
  at(2).send(1, wanted)
  await clock.run()
  at(0).pull(1, 0, 2)
  at(0).pull(2, 0, 2)
  await clock.run()
  expect(log.filter(({ to }) => to === 0)).toEqual([{ to: 0, how: 'update', update: wanted, atMs: 0 }])
  at(0).pull(1, 0, 2)
  at(0).pull(1, 5, 2)
  await clock.run()
  expect(log.filter(({ to }) => to === 0)).toHaveLength(1)
})

test('the two newest updates of each sender can be pulled', async () => {
  const { clock, log, at } = network(3)
  for (const round of [0, 1, 2]) at(2).send(1, update(2, round))
  await clock.run()
  for (const round of [0, 1, 2]) at(0).pull(1, round, 2)
  await clock.run()
  expect(log.filter(({ to }) => to === 0).map(({ update: { round } }) => round)).toEqual([1, 2])
})
