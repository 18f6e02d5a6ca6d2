import { expect, test } from 'vitest'
import { honestConduct } from '#protocol/peer/conduct.ts'
import { createPeer } from '#protocol/peer/peer.ts'
import type { PeerConfig, PeerPorts } from '#protocol/peer/peer-ports.ts'
import type { AggregationRequest, TransportEvents } from '#protocol/peer/ports.ts'
import type { RunEvent } from '#protocol/record/events.ts'
import type { Update } from '#protocol/round/update.ts'
import { createVirtualClock } from '#protocol/simulation/virtual-clock.ts'
import { rulesWith } from '../round/round-driver.ts'
import { subtleDigest } from '../simulation/quadratic-pool.ts'

const configWith = (changes: Partial<PeerConfig> = {}): PeerConfig => ({
  rules: rulesWith({ self: 1, neighbours: [0, 2], quorum: 1, minimum: 1, rounds: 2, deadlineMs: 100 }),
  members: [0, 1, 2],
  weights: [0.25, 0.5, 0.25],
  exchange: 'models',
  localSteps: 2,
  learningRate: 0.5,
  schedule: { name: 'constant' },
  weightDecay: 0,
  momentum: { at: 'local', beta: 0, dampening: 0 },
  evaluateEvery: 2,
  computeMs: 0,
  seed: 1,
  needsLosses: false,
  ...changes,
})

/** Peer 1 between 0 and 2. Each local step adds 1 to its one parameter; the rule is the weighted mean. */
function scene(changes: Partial<PeerConfig> = {}) {
  const setup = configWith(changes)
  const clock = createVirtualClock()
  const own = clock.of(1)
  const events: RunEvent[] = []
  const inputs: AggregationRequest[] = []
  const sent: { readonly to: number; readonly update: Update }[] = []
  const pulled: (readonly [from: number, round: number, sender: number])[] = []
  let x = Float32Array.of(0)
  let network: TransportEvents | undefined
  const ports: PeerPorts = {
    clock: own,
    digest: subtleDigest,
    conduct: honestConduct,
    recorder: { record: (event) => events.push(event) },
    batches: { perPass: 3, next: () => Uint32Array.of(0) },
    transport: {
      listen(listener) {
        network = listener
      },
      send: (to, update) => sent.push({ to, update }),
      collude() {},
      pull: (from, round, sender) => pulled.push([from, round, sender]),
      traffic: () => ({ bytesSent: 11, bytesReceived: 7 }),
      close: () => Promise.resolve(),
    },
    trainer: {
      load: (parameters) => {
        x = parameters.slice()
      },
      read: () => x,
      step: async (batches) => {
        x = Float32Array.of((x[0] as number) + batches.length)
        return { loss: 3, parameters: x }
      },
      gradient: async () => ({ gradient: Float32Array.of(2), loss: 3 }),
      losses: async (models, batch) => models.map(([value]) => (value as number) + (batch[0] as number)),
      evaluate: async () => ({ loss: x[0] as number, accuracy: 0.5 }),
    },
    aggregator: {
      aggregate: async (input) => {
        inputs.push(input)
        const mean = input.vectors.reduce((sum, v, k) => sum + (v[0] as number) * (input.weights[k] as number), 0)
        return { output: Float32Array.of(mean), influence: input.weights, state: Float32Array.of(inputs.length) }
      },
    },
  }
  const peer = createPeer(setup, ports)
  const receive = (sender: number, round: number, value: number, atMs = 0): void => {
    own.schedule(atMs, () => network?.update({ sender, round, vector: Float32Array.of(value) }))
  }
  return { clock, own, peer, events, inputs, sent, pulled, receive, network: () => network, x: () => x[0] }
}

test('one round by hand: train, send, aggregate all vectors in index order, go on', async () => {
  const { clock, peer, events, inputs, sent, receive, x } = scene({
    rules: rulesWith({ self: 1, neighbours: [0, 2], quorum: 1, minimum: 1, rounds: 1 }),
  })
  peer.start()
  receive(2, 0, 8)
  receive(0, 0, 4)
  await clock.run()
  expect(sent).toEqual([0, 2].map((to) => ({ to, update: { round: 0, sender: 1, vector: Float32Array.of(2) } })))
  expect(inputs[0]).toEqual({
    vectors: [Float32Array.of(4), Float32Array.of(2), Float32Array.of(8)],
    own: 1,
    weights: [0.25, 0.5, 0.25],
    members: [0, 1, 2],
    round: 0,
    rounds: 1,
    draw: { seed: 1, peer: 1, round: 0 },
  })
  expect(x()).toBe(4)
  expect(events.map(({ type }) => type)).toEqual(['round-closed', 'evaluated', 'stopped'])
  expect(events.slice(0, 1)).toEqual([
    {
      type: 'round-closed',
      peer: 1,
      round: 0,
      atMs: 0,
      closing: 'complete',
      loss: 3,
      trainMs: 0,
      waitMs: 0,
      aggregateMs: 0,
      bytesSent: 11,
      bytesReceived: 7,
      accepted: [0, 2],
      missing: [],
      influence: [
        [0, 0.25],
        [1, 0.5],
        [2, 0.25],
      ],
    },
  ])
})

test("a missing neighbour's weight goes to the peer itself, and the rule gets its memory again", async () => {
  const { clock, peer, inputs, receive } = scene()
  peer.start()
  receive(2, 0, 8)
  receive(2, 1, 8, 110)
  await clock.run()
  expect(inputs.map(({ own, weights, state }) => [own, weights, state])).toEqual([
    [0, [0.75, 0.25], undefined],
    [0, [0.75, 0.25], Float32Array.of(1)],
  ])
})

test('a starved peer keeps its trained model; the last round is always evaluated', async () => {
  const { clock, peer, events, inputs, x } = scene({ evaluateEvery: 50 })
  peer.start()
  await clock.run()
  expect(inputs).toEqual([])
  expect(x()).toBe(4)
  expect(events.map(({ type }) => type)).toEqual([
    'starved',
    'neighbour-absent',
    'neighbour-absent',
    'starved',
    'evaluated',
    'stopped',
  ])
  expect(events.at(-1)).toMatchObject({ reason: 'finished' })
  expect(await peer.stopped).toBe('finished')
})

test("after a skip the trained model is sent for the neighbours' round", async () => {
  const { clock, peer, events, sent, receive } = scene({
    rules: rulesWith({ self: 1, neighbours: [0, 2], quorum: 1, minimum: 1, rounds: 9, deadlineMs: 100 }),
  })
  receive(0, 5, 4)
  receive(2, 5, 4)
  peer.start()
  await clock.run(() => sent.length > 2)
  expect(sent.slice(0, 2).map(({ update }) => [update.round, update.vector[0]])).toEqual([
    [5, 2],
    [5, 2],
  ])
  expect(events[0]).toMatchObject({ type: 'rounds-skipped', round: 0, to: 5 })
})

test('gradients: v = beta v - lr F, x + v, and headers carry the digest of x', async () => {
  const { clock, peer, events, sent, receive, x } = scene({
    exchange: 'gradients',
    momentum: { at: 'aggregate', beta: 0.5, dampening: 0 },
  })
  peer.start()
  for (const round of [0, 1]) for (const sender of [0, 2]) receive(sender, round, 4, round)
  await clock.run()
  // F = 4/4 + 2/2 + 4/4 = 3 each round: v = -1.5, then -0.75 - 1.5.
  expect(x()).toBe(-3.75)
  const closed = events.filter((event) => event.type === 'round-closed')
  const digests = closed.map(({ stateDigest }) => stateDigest)
  expect(digests.every((digest) => /^[0-9a-f]{64}$/.test(digest ?? ''))).toBe(true)
  // The header of round 1 has the digest of x after round 0.
  expect(sent.find(({ update }) => update.round === 1)?.update.stateDigest).toBe(digests[0])
  expect(events.find((event) => event.type === 'evaluated')?.digest).toBe(digests[1])
})

test('a missing gradient is pulled from every neighbour except its sender', async () => {
  const { clock, peer, pulled, receive } = scene({
    exchange: 'gradients',
    rules: rulesWith({
      self: 1,
      neighbours: [0, 2],
      quorum: 'all',
      minimum: 1,
      rounds: 1,
      deadlineMs: 90,
      pulls: 'from-anyone',
    }),
  })
  peer.start()
  receive(2, 0, 4)
  receive(0, 0, 4, 35)
  await clock.run()
  expect(pulled).toEqual([[2, 0, 0]])
})

test('updates that the network rejects are recorded with the reason', async () => {
  const { peer, events, network, clock } = scene()
  peer.start()
  network()?.rejected(2, 'not-finite')
  network()?.update({ sender: 9, round: 0, vector: Float32Array.of(1) })
  expect(events).toEqual([
    { type: 'update-rejected', peer: 1, round: 0, atMs: 0, from: 2, reason: 'not-finite' },
    { type: 'update-rejected', peer: 1, round: 0, atMs: 0, from: 9, reason: 'not-a-neighbour' },
  ])
  peer.leave()
  await clock.run()
})

test('leaving during an aggregation ends the record', async () => {
  const { clock, peer, events, inputs, receive } = scene()
  peer.start()
  receive(0, 0, 4)
  receive(2, 0, 4)
  await clock.run(() => inputs.length === 1)
  peer.leave()
  await clock.run()
  expect(events.map(({ type }) => type)).toEqual(['stopped'])
  expect(await peer.stopped).toBe('left')
  expect(clock.now()).toBe(0)
})

test('evaluated rounds have a digest of the parameters, and sketches if configured', async () => {
  const { clock, peer, events, receive } = scene({ sketch: Uint32Array.of(0), evaluateEvery: 1 })
  peer.start()
  for (const round of [0, 1]) for (const sender of [0, 2]) receive(sender, round, 4, round)
  await clock.run()
  const evaluated = events.filter((event) => event.type === 'evaluated')
  expect(evaluated.map(({ round, loss, accuracy }) => [round, loss, accuracy])).toEqual([
    [0, 3, 0.5],
    [1, 4.5, 0.5],
  ])
  expect(evaluated[0]?.sketches?.received.map(([sender]) => sender)).toEqual([0, 2])
})

test("a rule that needs losses gets that of every vector on a new batch of the peer's own", async () => {
  const { clock, peer, inputs, receive } = scene({
    needsLosses: true,
    rules: rulesWith({ self: 1, neighbours: [0, 2], quorum: 1, minimum: 1, rounds: 1 }),
  })
  peer.start()
  receive(2, 0, 8)
  receive(0, 0, 4)
  await clock.run()
  expect(inputs.map(({ losses }) => losses)).toEqual([[4, 2, 8]])
})
