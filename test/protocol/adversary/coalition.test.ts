import { expect, test } from 'vitest'
import type { ConfiguredAttack, CraftContext, Known } from '#attacks/attack.ts'
import { createCoalitionMember } from '#protocol/adversary/coalition.ts'
import type { CoalitionMember, Omniscience } from '#protocol/adversary/member.ts'
import { honestConduct } from '#protocol/peer/conduct.ts'
import type { Transport } from '#protocol/peer/ports.ts'
import type { RunEvent } from '#protocol/record/events.ts'
import type { ScriptEntry } from '#protocol/replay/script.ts'
import { createScriptedMember } from '#protocol/replay/scripted-coalition.ts'
import type { Update } from '#protocol/round/update.ts'
import { createVirtualClock } from '#protocol/simulation/virtual-clock.ts'

const vectorOf = (peer: number, round: number): Float32Array => Float32Array.of(peer, round)
const honest = (sender: number, round: number): Update => ({ sender, round, vector: vectorOf(sender, round) })

/** An attack that sends 99s and records its input. */
function spy(changes: Partial<ConfiguredAttack> = {}) {
  const told: { readonly known: Known; readonly context: CraftContext }[] = []
  const attack: ConfiguredAttack = {
    name: 'spy',
    knowledge: 'colluders',
    delivery: 'broadcast',
    rushing: false,
    minColluders: 2,
    flipsLabels: () => false,
    craft(known, context) {
      told.push({ known, context })
      return { output: Float32Array.of(99, context.victims.at(0)?.peer ?? -1), z: 1.5 }
    },
    ...changes,
  }
  return { attack, told }
}

/** Peer 5, whose other colluders are 6 and 7 and whose honest neighbours are 1 and 2; 6 is its neighbour too. */
function byzantinePeer(
  attack: ConfiguredAttack,
  changes: Partial<CoalitionMember> = {},
  script?: readonly ScriptEntry[],
) {
  const clock = createVirtualClock()
  const sent: { readonly to: number; readonly values: number[]; readonly round: number; readonly atMs: number }[] = []
  const colluded: { readonly to: number; readonly update: Update }[] = []
  const events: RunEvent[] = []
  const transport: Transport = {
    listen() {},
    send: (to, { vector, round }) => sent.push({ to, values: [...vector], round, atMs: clock.now() }),
    collude: (to, update) => colluded.push({ to, update }),
    pull() {},
    traffic: () => ({ bytesSent: 0, bytesReceived: 0 }),
    close: () => Promise.resolve(),
  }
  const member: CoalitionMember = {
    self: 5,
    otherColluders: [6, 7],
    victims: () => [
      { peer: 1, n: 4, m: 1 },
      { peer: 2, n: 5, m: 2 },
    ],
    n: 8,
    m: 3,
    attack,
    followsHonest: false,
    privateEdges: false,
    sendsModels: true,
    seed: 1,
    deadlineMs: 1000,
    absences: 'brief',
    clock: clock.of(5),
    recorder: { record: (event) => events.push(event) },
    ...changes,
  }
  const conduct = script ? createScriptedMember(member, script) : createCoalitionMember(member)
  const send = (round: number, self = 5): void =>
    conduct.send(honest(self, round), [1, 2, 6], transport, Float32Array.of(0, 0))
  return { clock, conduct, sent, colluded, events, send }
}

test('honest peers send their trained vectors and accept received ones', () => {
  const sent: [number, Update][] = []
  const own = honest(0, 3)
  const network: Pick<Transport, 'send'> = { send: (to, update) => sent.push([to, update]) }
  honestConduct.send(own, [1, 2], network as Transport, Float32Array.of(0))
  expect(sent).toEqual([
    [1, own],
    [2, own],
  ])
  expect(honestConduct.received(honest(4, 3))).toEqual(honest(4, 3))
})

test('a Byzantine peer shares its honest vector with its other colluders, and sends every neighbour the crafted one', () => {
  const { attack, told } = spy()
  const { conduct, sent, colluded, events, send } = byzantinePeer(attack)
  conduct.colluded(honest(7, 0))
  send(0)
  expect(colluded).toEqual([
    { to: 6, update: honest(5, 0) },
    { to: 7, update: honest(5, 0) },
  ])
  expect(sent).toEqual([])
  conduct.colluded(honest(6, 0))
  expect(sent.map(({ to, values }) => [to, values])).toEqual([
    [1, [99, 1]],
    [2, [99, 1]],
    [6, [99, 1]],
  ])
  expect(told).toHaveLength(1)
  expect(told[0]?.known).toEqual({ colluders: [vectorOf(5, 0), vectorOf(6, 0), vectorOf(7, 0)] })
  expect(events).toEqual([{ type: 'attack-crafted', peer: 5, round: 0, atMs: 0, colluders: 3, z: 1.5 }])
})

test('other colluders are awaited for a quarter of the deadline; then those present are used', async () => {
  const { attack, told } = spy()
  const { clock, conduct, sent, send } = byzantinePeer(attack)
  send(0)
  conduct.colluded(honest(6, 0))
  await clock.run()
  expect(sent.map(({ to, atMs }) => [to, atMs])).toEqual([
    [1, 250],
    [2, 250],
    [6, 250],
  ])
  expect(told[0]?.known).toEqual({ colluders: [vectorOf(5, 0), vectorOf(6, 0)] })
})

test('with fewer vectors than the attack needs, a peer sends its honest vector and records it', async () => {
  const { attack, told } = spy()
  const { clock, sent, events, send } = byzantinePeer(attack)
  send(0)
  await clock.run()
  expect(told).toEqual([])
  expect(sent.map(({ values }) => values)).toEqual([
    [5, 0],
    [5, 0],
    [5, 0],
  ])
  expect(events).toEqual([{ type: 'attack-crafted', peer: 5, round: 0, atMs: 250, colluders: 1, present: [5] }])
})

test('a round is crafted once: late other colluders change nothing', async () => {
  const { attack, told } = spy()
  const { clock, conduct, sent, send } = byzantinePeer(attack)
  send(0)
  conduct.colluded(honest(6, 0))
  await clock.run()
  conduct.colluded(honest(7, 0))
  conduct.colluded(honest(7, 0))
  await clock.run()
  expect([told.length, sent.length]).toEqual([1, 3])
})

test('rounds that begin during a wait for colluders are all crafted, each with its own vectors, in order', async () => {
  const { attack, told } = spy()
  const { clock, conduct, sent, send } = byzantinePeer(attack)
  send(0)
  conduct.colluded(honest(6, 0))
  send(1)
  for (const otherColluder of [6, 7]) conduct.colluded(honest(otherColluder, 1))
  expect(sent).toEqual([])
  conduct.colluded(honest(7, 0))
  expect(sent.filter(({ to }) => to === 1).map(({ round }) => round)).toEqual([0, 1])
  expect(told.map(({ known }) => known.colluders.map((vector) => vector[1]))).toEqual([
    [0, 0, 0],
    [1, 1, 1],
  ])
  send(2)
  clock.of(5).schedule(100, () => send(3))
  await clock.run()
  expect(sent.filter(({ to }) => to === 1).map(({ round, atMs }) => [round, atMs])).toEqual([
    [0, 0],
    [1, 0],
    [2, 250],
    [3, 350],
  ])
})

const arrivals = (sent: readonly { readonly to: number; readonly round: number; readonly atMs: number }[]) =>
  sent.filter(({ to }) => to === 1).map(({ round, atMs }) => [round, atMs])

test('with lasting absences, a lost colluder costs one wait, and is waited for again after it returns', async () => {
  const { attack, told } = spy()
  const { clock, conduct, sent, send } = byzantinePeer(attack, { absences: 'lasting' })
  const rounds = (from: number, to: number): void => {
    for (let round = from; round < to; round++) {
      conduct.colluded(honest(6, round))
      send(round)
    }
  }
  rounds(0, 1)
  await clock.run()
  rounds(1, 4)
  expect(arrivals(sent)).toEqual([
    [0, 250],
    [1, 250],
    [2, 250],
    [3, 250],
  ])
  expect(told.every(({ known }) => known.colluders.length === 2)).toBe(true)
  // Its update of an earlier round shows that it is alive.
  conduct.colluded(honest(7, 3))
  rounds(4, 5)
  clock.of(5).schedule(100, () => conduct.colluded(honest(7, 4)))
  await clock.run()
  expect(arrivals(sent).at(-1)).toEqual([4, 350])
  expect(told.at(-1)?.known.colluders).toHaveLength(3)
  rounds(5, 6)
  await clock.run()
  expect(arrivals(sent).at(-1)).toEqual([5, 600])
})

test('rounds that wait for the same absent colluder are crafted together with the first of them', async () => {
  const { attack } = spy()
  const { clock, conduct, sent, send } = byzantinePeer(attack, { absences: 'lasting' })
  conduct.colluded(honest(6, 0))
  conduct.colluded(honest(6, 1))
  send(0)
  clock.of(5).schedule(100, () => send(1))
  await clock.run()
  expect(arrivals(sent)).toEqual([
    [0, 250],
    [1, 250],
  ])
})

test('with lasting absences, a lost neighbour costs a rushing Byzantine peer one wait', async () => {
  const { attack } = spy({ knowledge: 'neighbourhood', rushing: true })
  const { clock, conduct, sent, send } = byzantinePeer(attack, { absences: 'lasting' })
  for (let round = 0; round < 3; round++) {
    for (const otherColluder of [6, 7]) conduct.colluded(honest(otherColluder, round))
    conduct.arrived(honest(2, round), () => {})
    send(round)
    await clock.run()
  }
  expect(arrivals(sent)).toEqual([
    [0, 250],
    [1, 250],
    [2, 250],
  ])
  conduct.arrived(honest(1, 2), () => {})
  for (const otherColluder of [6, 7]) conduct.colluded(honest(otherColluder, 3))
  conduct.arrived(honest(2, 3), () => {})
  send(3)
  await clock.run()
  expect(arrivals(sent).at(-1)).toEqual([3, 500])
})

test('with lasting absences, the update of an absent colluder is used unchanged', async () => {
  const { clock, conduct, send } = byzantinePeer(spy().attack, { absences: 'lasting' })
  conduct.colluded(honest(6, 0))
  send(0)
  await clock.run()
  const used: number[] = []
  conduct.arrived({ sender: 7, round: 1, vector: Float32Array.of(99, 99) }, () => used.push(clock.now()))
  expect(used).toEqual([250])
})

test('with brief absences, the next round waits again', async () => {
  const { clock, conduct, sent, send } = byzantinePeer(spy().attack)
  for (const round of [0, 1]) {
    conduct.colluded(honest(6, round))
    send(round)
    await clock.run()
  }
  expect(arrivals(sent)).toEqual([
    [0, 250],
    [1, 500],
  ])
})

test("the colluders' channel accepts vectors of colluders only", () => {
  const { attack, told } = spy()
  const { conduct, send } = byzantinePeer(attack)
  send(0)
  for (const sender of [1, 4, 6]) conduct.colluded(honest(sender, 0))
  expect(told).toEqual([])
  conduct.colluded(honest(7, 0))
  expect(told[0]?.known.colluders).toHaveLength(3)
})

test("a Byzantine peer aggregates a colluder's honest vector instead of its crafted one, and an honest peer's unchanged", () => {
  const { attack } = spy()
  const { conduct } = byzantinePeer(attack)
  conduct.colluded(honest(6, 2))
  const crafted: Update = { sender: 6, round: 2, vector: Float32Array.of(99, 99) }
  expect(conduct.received(crafted)).toEqual(honest(6, 2))
  expect(conduct.received({ ...crafted, round: 3 })).toEqual({ ...crafted, round: 3 })
  expect(conduct.received(honest(1, 2))).toEqual(honest(1, 2))
})

test("a colluder's update that overtakes its honest vector waits for it, at most a quarter of the deadline", async () => {
  const { attack } = spy()
  const { clock, conduct } = byzantinePeer(attack)
  const used: string[] = []
  const crafted = (sender: number, round: number): void =>
    conduct.arrived({ sender, round, vector: Float32Array.of(99, 99) }, () =>
      used.push(`${sender} in ${round} at ${clock.now()}`),
    )
  crafted(6, 0)
  crafted(7, 0)
  expect(used).toEqual([])
  clock.of(5).schedule(40, () => conduct.colluded(honest(7, 0)))
  await clock.run()
  expect(used).toEqual(['7 in 0 at 40', '6 in 0 at 250'])
  conduct.colluded(honest(6, 1))
  crafted(6, 1)
  expect(used.at(-1)).toBe('6 in 1 at 250')
})

test('a Byzantine peer that follows the honest peers aggregates the vectors that all got, including its own crafted one', () => {
  const { attack } = spy()
  const { conduct, send, sent } = byzantinePeer(attack, { followsHonest: true })
  conduct.colluded(honest(6, 0))
  conduct.colluded(honest(7, 0))
  send(0)
  const crafted = sent[0]?.values
  expect(crafted).not.toEqual([...honest(5, 0).vector])
  expect([...conduct.received(honest(5, 0)).vector]).toEqual(crafted)
  const otherColluders: Update = { sender: 6, round: 0, vector: Float32Array.of(99, 99) }
  expect(conduct.received(otherColluders)).toEqual(otherColluders)
})

test('knowledge colluders holds the vectors of colluders and nothing else', () => {
  const { attack, told } = spy()
  const { conduct, send } = byzantinePeer(attack)
  for (const round of [0, 1]) for (const peer of [1, 2]) conduct.arrived(honest(peer, round), () => {})
  for (const peer of [6, 7]) conduct.colluded(honest(peer, 1))
  send(1)
  expect(Object.keys(told[0]?.known ?? {})).toEqual(['colluders'])
})

test("knowledge neighbourhood adds the last round's vectors of honest neighbours, even if this round's are in", () => {
  const { attack, told } = spy({ knowledge: 'neighbourhood' })
  const { conduct, send } = byzantinePeer(attack)
  for (const round of [0, 1]) for (const peer of [2, 1]) conduct.arrived(honest(peer, round), () => {})
  // A colluder's update is crafted, so the attack knows its honest vector instead.
  conduct.arrived({ sender: 6, round: 0, vector: Float32Array.of(99, 99) }, () => {})
  for (const peer of [6, 7]) conduct.colluded(honest(peer, 1))
  send(1)
  expect(told[0]?.known).toEqual({
    colluders: [vectorOf(5, 1), vectorOf(6, 1), vectorOf(7, 1)],
    heard: [
      { peer: 1, vector: vectorOf(1, 0) },
      { peer: 2, vector: vectorOf(2, 0) },
    ],
  })
})

test("rushing waits for this round's vectors of the honest neighbours", () => {
  const { attack, told } = spy({ knowledge: 'neighbourhood', rushing: true })
  const { conduct, send } = byzantinePeer(attack)
  for (const peer of [6, 7]) conduct.colluded(honest(peer, 0))
  send(0)
  conduct.arrived(honest(1, 0), () => {})
  expect(told).toEqual([])
  conduct.arrived(honest(2, 0), () => {})
  expect(told[0]?.known).toMatchObject({
    heard: [
      { peer: 1, vector: vectorOf(1, 0) },
      { peer: 2, vector: vectorOf(2, 0) },
    ],
  })
})

test('rushing waits at most a quarter of the deadline and then uses the vectors that are in', async () => {
  const { attack, told } = spy({ knowledge: 'neighbourhood', rushing: true })
  const { clock, conduct, sent, send } = byzantinePeer(attack)
  for (const peer of [6, 7]) conduct.colluded(honest(peer, 0))
  send(0)
  conduct.arrived(honest(1, 0), () => {})
  await clock.run()
  expect(sent[0]?.atMs).toBe(250)
  expect(told[0]?.known).toMatchObject({ heard: [{ peer: 1 }] })
})

test('an omniscient Byzantine peer waits for every honest vector of the round and gets them all', () => {
  let vectors: Float32Array[] | undefined
  let changed = (): void => {}
  const omniscience: Omniscience = {
    honest: () => vectors,
    watch: (callback) => {
      changed = callback
    },
  }
  const { attack, told } = spy({ knowledge: 'omniscient' })
  const { conduct, send } = byzantinePeer(attack, { omniscience })
  for (const peer of [6, 7]) conduct.colluded(honest(peer, 0))
  send(0)
  expect(told).toEqual([])
  vectors = [0, 1, 2, 3, 4].map((peer) => vectorOf(peer, 0))
  changed()
  expect(told[0]?.known).toMatchObject({ honest: vectors })
})

test('per victim, one vector is crafted for each honest neighbour; another colluder gets the honest one', () => {
  const { attack, told } = spy({ delivery: 'per-victim' })
  const { conduct, sent, events, send } = byzantinePeer(attack)
  for (const peer of [6, 7]) conduct.colluded(honest(peer, 0))
  send(0)
  expect(sent.map(({ to, values }) => [to, values])).toEqual([
    [1, [99, 1]],
    [2, [99, 2]],
    [6, [5, 0]],
  ])
  expect(told.map(({ context }) => context.victims)).toEqual([[{ peer: 1, n: 4, m: 1 }], [{ peer: 2, n: 5, m: 2 }]])
  expect(events.map((event) => event.type === 'attack-crafted' && event.victim)).toEqual([1, 2])
})

test('an attack may send nothing', () => {
  const { attack } = spy({ craft: () => ({ output: null }) })
  const { conduct, sent, events, send } = byzantinePeer(attack)
  for (const peer of [6, 7]) conduct.colluded(honest(peer, 0))
  send(0)
  expect([sent.length, events.length]).toEqual([0, 1])
})

test('colluders draw the same random numbers in a round, and others in the next', () => {
  const drawsOf = (self: number): number[] => {
    const { attack, told } = spy()
    const otherColluders = [5, 6, 7].filter((peer) => peer !== self)
    const { conduct, send } = byzantinePeer(attack, { self, otherColluders })
    for (const round of [0, 1]) {
      for (const otherColluder of otherColluders) conduct.colluded(honest(otherColluder, round))
      send(round, self)
    }
    return told.map(({ context }) => context.random())
  }
  const draws = drawsOf(5)
  expect(new Set(draws).size).toBe(2)
  expect(drawsOf(6)).toEqual(draws)
})

test('a member keeps three rounds of vectors, however long the run', () => {
  const { attack } = spy()
  const { conduct } = byzantinePeer(attack)
  for (let round = 0; round < 10; round++) conduct.colluded(honest(6, round))
  const crafted = (round: number): Update => ({ sender: 6, round, vector: Float32Array.of(99, 99) })
  const kept = Array.from({ length: 10 }, (_, round) => round).filter(
    (round) => conduct.received(crafted(round)).vector[0] === 6,
  )
  expect(kept).toEqual([7, 8, 9])
})

test('an attack gets its rank, its own index, the model at the start and the public knowledge', () => {
  const { attack, told } = spy()
  const graph = { rows: [], byzantine: [5, 6, 7] }
  const { conduct, sent } = byzantinePeer(attack, { otherColluders: [2, 7], graph: () => graph })
  const transport = { send: () => {}, collude: () => {} } as unknown as Transport
  const previous = Float32Array.of(1, 1)
  conduct.colluded(honest(2, 0))
  conduct.colluded(honest(7, 0))
  conduct.send(honest(5, 0), [1], transport, previous)
  expect(sent).toEqual([])
  expect(told[0]?.context).toMatchObject({ rank: 1, own: 1, previous, graph })
})

test('an attack gets its state back, separately for each victim', () => {
  const states: unknown[] = []
  const { attack } = spy({
    delivery: 'per-victim',
    minColluders: 1,
    craft(_, { state, victims, round }) {
      states.push(state)
      return { output: Float32Array.of(0, 0), state: { peer: victims[0]?.peer ?? -1, round } }
    },
  })
  const { send } = byzantinePeer(attack, { otherColluders: [] })
  send(0)
  send(1)
  expect(states).toEqual([undefined, undefined, { peer: 1, round: 0 }, { peer: 2, round: 0 }])
})

test('a held-back vector leaves after its share of the deadline', async () => {
  const { attack } = spy({
    minColluders: 1,
    craft: () => ({
      output: Float32Array.of(7, 7),
      holdBack: 0.9,
      trace: [
        { z: 0, gain: 1 },
        { z: 1, gain: 3 },
      ],
    }),
  })
  const { clock, sent, events, send } = byzantinePeer(attack, { otherColluders: [] })
  send(0)
  expect(sent).toEqual([])
  expect(events).toMatchObject([{ gain: 3 }])
  await clock.run()
  expect(sent.map(({ to, atMs }) => [to, atMs])).toEqual([
    [1, 900],
    [2, 900],
    [6, 900],
  ])
})

test('on a private edge a colluder gets the honest vector, whichever comes first', () => {
  const { attack } = spy()
  const { conduct, sent, send } = byzantinePeer(attack, { privateEdges: true })
  for (const peer of [6, 7]) conduct.colluded(honest(peer, 0))
  send(0)
  expect(sent.map(({ to, values }) => [to, values])).toEqual([
    [1, [99, 1]],
    [2, [99, 1]],
    [6, [5, 0]],
  ])
  const follower = byzantinePeer(attack, { privateEdges: true, followsHonest: true })
  for (const peer of [6, 7]) follower.conduct.colluded(honest(peer, 0))
  follower.send(0)
  expect(follower.sent.map(({ values }) => values)).toEqual(Array(3).fill([99, 1]))
})

const craftedBy = (sender: number): Update => ({ sender, round: 0, vector: Float32Array.of(99, 99) })

test('a crafted vector that comes before the honest one is aggregated unchanged, with an event', () => {
  const { conduct, events } = byzantinePeer(spy().attack)
  expect(conduct.received(craftedBy(6))).toEqual(craftedBy(6))
  conduct.colluded(honest(6, 0))
  expect(conduct.received(craftedBy(6))).toEqual(honest(6, 0))
  expect(events).toEqual([{ type: 'attack-overtaken', peer: 5, round: 0, atMs: 0, from: 6 }])

  const again = byzantinePeer(spy().attack, {}, [{ type: 'overtaken', round: 0, from: 6 }])
  for (const peer of [6, 7]) again.conduct.colluded(honest(peer, 0))
  expect(again.conduct.received(craftedBy(6))).toEqual(craftedBy(6))
  expect(again.conduct.received(craftedBy(7))).toEqual(honest(7, 0))
})

test('with a script a Byzantine peer crafts from exactly the recorded vectors, and only in the recorded rounds', () => {
  const { attack, told } = spy({ knowledge: 'neighbourhood' })
  const { conduct, sent, send } = byzantinePeer(attack, {}, [
    { type: 'crafted', round: 1, present: [5, 7], heard: { round: 0, peers: [2] } },
  ])
  send(0)
  expect(sent).toEqual([])
  for (const round of [0, 1]) for (const peer of [1, 2]) conduct.arrived(honest(peer, round), () => {})
  conduct.colluded(honest(6, 1))
  send(1)
  expect(sent).toEqual([])
  conduct.colluded(honest(7, 1))
  expect(sent).toHaveLength(3)
  expect(told.map(({ known, context }) => [known, context.own])).toEqual([
    [{ colluders: [vectorOf(5, 1), vectorOf(7, 1)], heard: [{ peer: 2, vector: vectorOf(2, 0) }] }, 0],
  ])
})
