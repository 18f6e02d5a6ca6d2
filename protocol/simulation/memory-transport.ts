import { randomStream } from '#learning/random.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { Resumable, TrafficMemory } from '../peer/checkpoint.ts'
import { isFiniteVector } from '../peer/finite.ts'
import type { Clock, Transport, TransportEvents } from '../peer/ports.ts'
import { type Delays, delayOf } from '../plan/delays.ts'
import type { Update } from '../round/update.ts'

export interface MemoryFaults extends Delays {
  /** Probability that a peer is absent for a whole round: it neither sends nor receives. */
  readonly churn: number
  /** Probability that one update on one edge is lost. */
  readonly drop: number
  /** Rate of each peer's uplink, megabits per second; 0 is no limit. */
  readonly uplinkMbps?: number
}

export interface MemoryNetwork extends Resumable<TrafficMemory> {
  /** The transport of one peer. Its clock schedules deliveries to that peer. */
  transport(peer: PeerIndex, clock: Clock): Transport
  /** Number of updates that were sent and have not arrived. */
  underWay(): number
}

interface Listener {
  readonly events: TransportEvents
  readonly clock: Clock
}

/** One directed edge. Updates arrive in the order of sending. */
interface Stream {
  /** Oldest first. */
  readonly underWay: Update[]
  /** Arrival time of the last of them. */
  lastMs: number
  target: Listener
  /** Delivers the oldest. */
  readonly arrive: () => void
}

/** Approximate bytes of a signed update header in a swarm. Counting them makes the traffic comparable. */
const headerBytes = 256
/** Number of updates of one sender that a peer keeps to answer pulls. */
const heldRounds = 2

/**
 * The network of peers in one process. It delivers updates by reference after a delay, on each edge in the order of
 * sending, as a stream does. It rejects updates that are not finite on arrival. Losses, delays and absences come from
 * random streams with the key (seed, fault, edge, round), so they do not depend on the order of events. An uplink of
 * limited rate carries the updates of a peer one after the other, including lost ones. Without `pulls`, it keeps no
 * updates for pulls.
 */
export function createMemoryNetwork(
  seed: number,
  peerCount: number,
  faults: MemoryFaults,
  pulls = true,
): MemoryNetwork {
  const listeners = new Map<PeerIndex, Listener>()
  const sent = new Float64Array(peerCount)
  const received = new Float64Array(peerCount)
  /** Updates by holder and sender, newest first. A sender holds its own, too. */
  const held = new Map<PeerIndex, Map<PeerIndex, Update[]>>()
  let underWay = 0

  const draw = (fault: string, key: number, round: number): number => randomStream(seed, fault, key, round)()
  const away = (peer: PeerIndex, round: number): boolean =>
    faults.churn > 0 && draw('churn', peer, round) < faults.churn
  const lost = (fault: string, edge: number, round: number): boolean =>
    faults.drop > 0 && draw(fault, edge, round) < faults.drop
  const delay = (fault: string, edge: number, round: number): number =>
    faults.delayMs > 0 ? delayOf(faults, randomStream(seed, fault, edge, round)) : 0
  /** Time at which each peer's uplink has carried all its updates so far. */
  const uplinkFreeMs = new Float64Array(peerCount)
  const throughUplink = (peer: PeerIndex, bytes: number, now: number): number => {
    const { uplinkMbps = 0 } = faults
    if (uplinkMbps === 0) return now
    const through = Math.max(now, uplinkFreeMs[peer] as number) + (bytes * 8) / (uplinkMbps * 1000)
    uplinkFreeMs[peer] = through
    return through
  }

  const hold = (peer: PeerIndex, update: Update): void => {
    if (!pulls) return
    const bySender = held.get(peer) ?? new Map<PeerIndex, Update[]>()
    held.set(peer, bySender)
    const known = bySender.get(update.sender)
    if (!known) {
      bySender.set(update.sender, [update])
      return
    }
    for (const { round } of known) if (round === update.round) return
    known.unshift(update)
    if (known.length > heldRounds) known.pop()
  }
  const find = (peer: PeerIndex, sender: PeerIndex, round: number): Update | undefined =>
    held
      .get(peer)
      ?.get(sender)
      ?.find((update) => update.round === round)

  return {
    underWay: () => underWay,
    snapshot: () => ({ sent: sent.slice(), received: received.slice() }),
    restore(memory) {
      sent.set(memory.sent)
      received.set(memory.received)
    },
    transport(self, clock) {
      /** By receiver. */
      const streams = { update: new Map<PeerIndex, Stream>(), colluded: new Map<PeerIndex, Stream>() }

      const openStream = (to: PeerIndex, how: 'update' | 'colluded', first: Listener): Stream => {
        const stream: Stream = {
          underWay: [],
          lastMs: 0,
          target: first,
          arrive() {
            const update = stream.underWay.shift() as Update
            underWay -= 1
            received[to] = (received[to] as number) + sizeOf(update)
            const { events } = stream.target
            if (!isFiniteVector(update.vector)) return events.rejected(self, 'not-finite')
            if (how === 'update') hold(to, update)
            events[how](update)
          },
        }
        streams[how].set(to, stream)
        return stream
      }

      const deliver = (to: PeerIndex, update: Update, how: 'update' | 'colluded'): void => {
        const { round } = update
        if (away(self, round)) return
        const bytes = sizeOf(update)
        sent[self] = (sent[self] as number) + bytes
        const edge = self * peerCount + to
        const target = listeners.get(to)
        const now = clock.now()
        const through = throughUplink(self, bytes, now)
        if (!target || away(to, round) || lost('drop', edge, round)) return
        const stream = streams[how].get(to) ?? openStream(to, how, target)
        stream.target = target
        stream.underWay.push(update)
        underWay += 1
        stream.lastMs = Math.max(through + delay('delay', edge, round), stream.lastMs)
        target.clock.schedule(stream.lastMs - now, stream.arrive)
      }

      return {
        listen(events) {
          listeners.set(self, { events, clock })
        },
        send(to, update) {
          hold(self, update)
          deliver(to, update, 'update')
        },
        collude(to, update) {
          deliver(to, update, 'colluded')
        },
        pull(from, round, sender) {
          const asked = listeners.get(from)
          if (!asked || away(self, round) || away(from, round)) return
          const edge = from * peerCount + self
          const fault = `pull/${sender}`
          asked.clock.schedule(delay(`ask/${sender}`, edge, round), () => {
            const update = find(from, sender, round)
            if (!update || !isFiniteVector(update.vector) || find(self, sender, round)) return
            const bytes = sizeOf(update)
            sent[from] = (sent[from] as number) + bytes
            const now = clock.now()
            const through = throughUplink(from, bytes, now)
            if (lost(fault, edge, round)) return
            clock.schedule(through - now + delay(fault, edge, round), () => {
              const target = listeners.get(self)
              if (!target || find(self, sender, round)) return
              received[self] = (received[self] as number) + bytes
              hold(self, update)
              target.events.update(update)
            })
          })
        },
        ask(of, round) {
          const asked = listeners.get(of)
          if (!asked || away(self, round) || away(of, round)) return
          const edge = self * peerCount + of
          if (lost('ask', edge, round)) return
          asked.clock.schedule(delay('ask', edge, round), () => asked.events.asked?.(self))
        },
        traffic: () => ({ bytesSent: sent[self] ?? 0, bytesReceived: received[self] ?? 0 }),
        close() {
          listeners.delete(self)
          return Promise.resolve()
        },
      }
    },
  }
}

function sizeOf({ vector }: Update): number {
  return vector.byteLength + headerBytes
}
