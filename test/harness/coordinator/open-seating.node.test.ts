import { expect, test } from 'vitest'
import { createCoordinator } from '#harness/coordinator/coordinator.ts'
import type { WiringPatience } from '#harness/coordinator/eviction.ts'
import { experimentSchema } from '#protocol/experiment/schema.ts'
import { frameBytes, readFrames } from '#protocol/network/byte-stream.ts'
import { planOf } from '#protocol/plan/plan.ts'
import type { LoggedEvent } from '#protocol/record/events.ts'
import { type CoordinatorMessage, decodeCoordinatorMessage, joinProtocol } from '#protocol/wire/control.ts'
import { encodeCanonical } from '#protocol/wire/decoded.ts'
import { type MemoryNode, type MemoryStream, memoryNodes, nameOf } from '../../protocol/network/memory-nodes.ts'
import { turn } from '../../protocol/network/peers.ts'

const experiment = experimentSchema.parse({
  name: 'open-seats',
  peers: { honest: 3, byzantine: 1, placement: [0] },
  topology: { name: 'complete' },
  learning: { dataset: 'digits' },
  aggregation: { name: 'median' },
  attack: { name: 'sign-flip' },
  rounds: { count: 5 },
  runtime: { name: 'hosted' },
})
const plan = planOf(experiment)

type Sort<T extends CoordinatorMessage['type']> = Extract<CoordinatorMessage, { type: T }>

/** Short, because every honest guest of the tests answers at once. */
const short: WiringPatience = { askMs: 20, edgesMs: 100, readyMs: 140 }

interface Guest {
  readonly node: number
  readonly stream: MemoryStream
  readonly heard: readonly CoordinatorMessage[]
  say(message: object): void
  /** The next message of this type; each message is returned once. */
  next<T extends CoordinatorMessage['type']>(type: T): Promise<Sort<T>>
}

/** Node 1 is the host's own Byzantine peer, in seat 0. All other nodes are guests that came by the link. */
async function world(patience?: WiringPatience) {
  const nodes = memoryNodes(40)
  const log: LoggedEvent[] = []
  const said: string[] = []
  const counts: number[] = []
  const coordinator = await createCoordinator({
    experiment,
    experimentId: 'ab'.repeat(32),
    plan,
    holdings: [],
    node: nodes[0] as MemoryNode,
    seating: { kind: 'open', token: 'link', reserved: new Map([['own', 0]]) },
    batchSeed: () => 7,
    record: (event) => log.push(event),
    say: (line) => said.push(line),
    seated: (count) => counts.push(count),
    ...(patience ? { patience } : {}),
  })
  const join = async (node: number, token = 'link'): Promise<Guest> => {
    const stream = (await nodes[node]?.connections()[0]?.newStream(joinProtocol)) as MemoryStream
    const heard: CoordinatorMessage[] = []
    const wakes = new Set<() => void>()
    const read = async (): Promise<void> => {
      for await (const bytes of readFrames(stream, { frame: 1 << 20, pending: 1 << 22 })) {
        const message = decodeCoordinatorMessage(bytes)
        if (message.ok) heard.push(message.value)
        for (const wake of wakes) wake()
      }
    }
    void read()
    const say = (message: object): void => {
      if (!stream.over) stream.send(frameBytes(encodeCanonical(message)))
    }
    const peerId = nameOf(node)
    say({ type: 'hello', token, peerId, kind: 'process', addresses: [], engine: 'wasm' })
    await turn()
    return {
      node,
      stream,
      heard,
      say,
      next: (type) =>
        new Promise((resolve) => {
          const look = (): void => {
            const at = heard.findIndex((message) => message.type === type)
            if (at < 0) return
            wakes.delete(look)
            resolve(heard.splice(at, 1)[0] as Sort<typeof type>)
          }
          wakes.add(look)
          look()
        }),
    }
  }
  /** The host's Byzantine peer and two honest guests in seats 0 to 2; seat 3 is free. */
  const seated = async (): Promise<readonly Guest[]> => [await join(1, 'own'), await join(2), await join(3)]
  const turnedAway = () => log.flatMap((event) => (event.type === 'roster' ? [event.turnedAway] : []))
  return { coordinator, join, seated, log, said, counts, turnedAway }
}

/** Answers the coordinator's progress requests as a peer that lacks these edges, until its seat or the wiring ends. */
async function answering(guest: Guest, missing: readonly number[], seating = {}): Promise<void> {
  for (;;) {
    await guest.next('how-far')
    guest.say({ type: 'so-far', missing, ...seating })
  }
}

const ready = (guest: Guest, seating = {}): void => guest.say({ type: 'ready', edges: [], engine: 'wasm', ...seating })
const again = { seating: 1 }

/** Gives all guests the second assignment, for which they are ready. */
async function startAgain(guests: readonly Guest[]): Promise<void> {
  for (const guest of guests) {
    await guest.next('assignment')
    ready(guest, again)
  }
  for (const guest of guests) await guest.next('start')
}

test('a guest that never answers loses its seat, and the run starts with the one that takes it', async () => {
  const { coordinator, join, seated, said, counts, turnedAway } = await world(short)
  const others = await seated()
  const silent = await join(4)
  for (const guest of others) {
    expect((await guest.next('assignment')).roster[3]?.peerId).toBe(nameOf(4))
    // Like peers with an unconnected neighbour.
    void answering(guest, [3])
  }
  expect((await silent.next('refused')).reason).toBe('you have lost your seat: silent')
  for (const guest of others) expect((await guest.next('reseating')).reason).toBe('free again: 3')
  expect(counts).toEqual([1, 2, 3, 4, 3])
  const honest = await join(5)
  for (const guest of others) expect(guest.heard.find(({ type }) => type === 'assignment')).toMatchObject(again)
  await startAgain([...others, honest])
  await coordinator.started
  expect(turnedAway()).toEqual([{ counts: { silent: 1 }, seats: [{ peer: 3, id: nameOf(4), reason: 'silent' }] }])
  expect(said[0]).toMatch(
    /^the guest in seat 3 lost its seat before the start: silent \(.*\); turned away so far: 1 silent$/,
  )
  coordinator.stop()
})

test('a guest whose connection ends while the swarm is wired, or that leaves or gives up, frees its seat at once', async () => {
  for (const [reason, act] of [
    ['disconnected', (guest: Guest) => guest.stream.abort()],
    ['left', (guest: Guest) => guest.say({ type: 'leave', reason: 'asked\u001b[2J to' })],
    ['failed-edges', (guest: Guest) => guest.say({ type: 'failed-edges', edges: [{ peer: 1, detail: 'no\n' }] })],
    ['malformed', (guest: Guest) => guest.say({ type: 'assignment', index: 3 })],
    ['malformed', (guest: Guest) => guest.stream.send(new Uint8Array(10).fill(255))],
  ] as const) {
    const { coordinator, join, seated, said, turnedAway } = await world()
    const others = await seated()
    const bad = await join(4)
    await bad.next('assignment')
    for (const guest of others) await guest.next('assignment')
    act(bad)
    for (const guest of others) await guest.next('reseating')
    await startAgain([...others, await join(5)])
    expect(turnedAway()).toEqual([{ counts: { [reason]: 1 }, seats: [{ peer: 3, id: nameOf(4), reason }] }])
    expect(said.join('')).toMatch(/^[^\p{Cc}]*$/u)
    coordinator.stop()
  }
})

test('a guest that reports ready without any edge loses its seat; the peers that wait for it do not', async () => {
  const { coordinator, join, seated } = await world(short)
  const others = await seated()
  const byzantinePeer = await join(4)
  await byzantinePeer.next('assignment')
  ready(byzantinePeer)
  for (const guest of others) {
    await guest.next('assignment')
    void answering(guest, [3])
  }
  expect((await byzantinePeer.next('refused')).reason).toBe('you have lost your seat: missing-edges')
  await startAgain([...others, await join(5)])
  coordinator.stop()
})

test('a guest that answers and has its edges, but never has an engine, loses its seat in the end', async () => {
  const { coordinator, join, seated } = await world(short)
  const others = await seated()
  const slow = await join(4)
  for (const guest of others) {
    await guest.next('assignment')
    ready(guest)
  }
  void answering(slow, [])
  expect((await slow.next('refused')).reason).toBe('you have lost your seat: not-ready')
  await startAgain([...others, await join(5)])
  coordinator.stop()
})

test('an identity that lost its seat twice gets none again, and cannot disturb the others', async () => {
  const { coordinator, join, seated, turnedAway } = await world()
  const others = await seated()
  for (const seating of [0, 1]) {
    const bad = await join(4)
    expect((await bad.next('assignment')).seating ?? 0).toBe(seating)
    bad.stream.abort()
    for (const guest of others) await guest.next('reseating')
  }
  const barred = await join(4)
  expect((await barred.next('refused')).reason).toBe('this peer has lost its seat too often')
  const honest = await join(5)
  const all = [...others, honest]
  for (const guest of all) {
    let message = await guest.next('assignment')
    while (message.seating !== 2) message = await guest.next('assignment')
    // A late report on an earlier assignment.
    ready(guest, again)
  }
  await turn()
  expect(all.every(({ heard }) => heard.every(({ type }) => type !== 'start'))).toBe(true)
  for (const guest of all) ready(guest, { seating: 2 })
  await coordinator.started
  expect(turnedAway()[0]?.counts).toEqual({ disconnected: 2, 'repeat-offender': 1 })
  coordinator.stop()
})

test('guests that join and leave without end are reported, and do not flood the terminal', async () => {
  const { coordinator, join, seated, said } = await world()
  const others = await seated()
  for (let node = 4; node < 36; node++) {
    const bad = await join(node)
    await bad.next('assignment')
    bad.stream.abort()
    for (const guest of others) await guest.next('reseating')
  }
  expect(said).toHaveLength(20)
  expect(said.at(-1)).toMatch(/turned away so far: 20 disconnected$/)
  coordinator.fail('no start')
  expect((await coordinator.done).failure).toBe(
    'no start; 3 of 4 peers joined, not ready: 0, 1, 2, 3; turned away before: 32 disconnected',
  )
})

test('strangers that send assignments or guess the token are counted and reset', async () => {
  const { coordinator, join, seated, turnedAway } = await world()
  const others = await seated()
  const guesser = await join(6, 'guessed')
  await guesser.next('refused')
  const poser = await join(7, 'guessed too')
  poser.say({ type: 'assignment', index: 0 })
  const seatless = await join(4)
  for (const guest of [...others, seatless]) await guest.next('assignment')
  const late = await join(8)
  expect((await late.next('refused')).reason).toBe('the run has begun')
  for (const guest of [...others, seatless]) ready(guest)
  await coordinator.started
  expect(turnedAway()).toEqual([{ counts: { 'unknown-token': 2, 'no-seat': 1 }, seats: [] }])
  coordinator.stop()
})

test("if the host's own peer ends before the start, the run breaks, because nobody can take its seat", async () => {
  const { coordinator, join, seated } = await world()
  const [own, ...others] = await seated()
  const bad = await join(4)
  await bad.next('assignment')
  bad.stream.abort()
  for (const guest of others) await guest.next('reseating')
  own?.stream.abort()
  expect((await coordinator.done).failure).toBe('peer 0 left before the start: its connection to the coordinator ended')
})
