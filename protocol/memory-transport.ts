import { logarithm, randomStream } from '#learning/random.ts'
import type { Clock, PeerIndex, Transport, TransportEvents, Update } from './ports.ts'

export interface MemoryFaults {
  /** Chance that a peer is away for a whole round: it neither sends nor receives. */
  readonly churn: number
  /** Chance that one update on one edge is lost. */
  readonly drop: number
  /** Mean of the exponential delay of an update on an edge. */
  readonly delayMs: number
}

export interface MemoryNetwork {
  /** The transport of one peer, whose deliveries come through that peer's clock. */
  transport(peer: PeerIndex, clock: Clock): Transport
}

/** Bytes of a signed update header on the real wire, about; counted so that traffic compares. */
const headerBytes = 256

/**
 * Peers in one process: updates are handed over by reference after a delay. Losses, delays and absences come from
 * streams keyed by (seed, fault, edge, round), so that they do not depend on the order of events.
 */
export function createMemoryNetwork(seed: number, peerCount: number, faults: MemoryFaults): MemoryNetwork {
  const listeners = new Map<PeerIndex, { readonly events: TransportEvents; readonly clock: Clock }>()
  const received = new Float64Array(peerCount)
  const draw = (purpose: string, key: number, round: number): number => randomStream(seed, purpose, key, round)()
  const away = (peer: PeerIndex, round: number): boolean =>
    faults.churn > 0 && draw('churn', peer, round) < faults.churn

  return {
    transport(self, clock) {
      let sent = 0
      const kept: Update[] = []

      const deliver = (to: PeerIndex, update: Update, how: 'update' | 'colluded'): void => {
        const bytes = update.vector.byteLength + headerBytes
        sent += bytes
        const edge = self * peerCount + to
        if (away(self, update.round) || away(to, update.round)) return
        if (faults.drop > 0 && draw('drop', edge, update.round) < faults.drop) return
        const delayMs = faults.delayMs > 0 ? -faults.delayMs * logarithm(1 - draw('delay', edge, update.round)) : 0
        const target = listeners.get(to)
        target?.clock.schedule(delayMs, () => {
          received[to] = (received[to] ?? 0) + bytes
          target.events[how](update)
        })
      }

      return {
        listen(events) {
          listeners.set(self, { events, clock })
        },
        send(to, update) {
          if (kept.at(-1) !== update) kept.push(update)
          if (kept.length > 2) kept.shift()
          deliver(to, update, 'update')
        },
        collude(to, update) {
          deliver(to, update, 'colluded')
        },
        pull() {
          // Nothing is lost here that a neighbour could hand on: a drop is a drop for everyone's copy.
        },
        traffic: () => ({ bytesSent: sent, bytesReceived: received[self] ?? 0 }),
        close() {
          listeners.delete(self)
          return Promise.resolve()
        },
      }
    },
  }
}
