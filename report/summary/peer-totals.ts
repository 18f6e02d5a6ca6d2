import type { LoggedEvent, RosterEntry, RunEvent } from '#protocol/record/events.ts'
import type { RejectionReason } from '#protocol/round/update.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { mean } from './curves.ts'
import { eventsByPeer, groupBy, honestPeers, rosterOf } from './log.ts'
import type { InfluenceShare, PeerSummary, Summary, Traffic } from './summary.ts'

type Of<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>

/** The row of each peer in the table of peers, in the order of the roster. O(events). */
export function peerTotals(log: readonly LoggedEvent[]): PeerSummary[] {
  const events = eventsByPeer(log)
  return rosterOf(log).map((entry) => totals(entry, events.get(entry.peer) ?? []))
}

function totals(entry: RosterEntry, events: readonly RunEvent[]): PeerSummary {
  const evaluated = events.findLast((event) => event.type === 'evaluated')
  const closed = events.filter((event) => event.type === 'round-closed')
  const stopped = events.findLast((event) => event.type === 'stopped')
  return {
    ...entry,
    accuracy: evaluated?.accuracy ?? null,
    loss: evaluated?.loss ?? null,
    ...(evaluated?.probed === undefined ? {} : { attackSuccess: evaluated.probed }),
    bytesSent: closed.at(-1)?.bytesSent ?? 0,
    bytesReceived: closed.at(-1)?.bytesReceived ?? 0,
    accepted: closed.reduce((sum, event) => sum + event.accepted.length, 0),
    missing: closed.reduce((sum, event) => sum + event.missing.length, 0),
    rejected: countReasons(events),
    starved: events.filter((event) => event.type === 'starved').length,
    stopped: stopped && stopped.reason !== 'finished' ? describeStop(stopped) : null,
  }
}

function describeStop(event: Of<'stopped'>): string {
  return `${event.reason} after round ${event.round + 1}${event.detail ? `: ${event.detail}` : ''}`
}

function countReasons(events: readonly RunEvent[]): Partial<Record<RejectionReason, number>> {
  const counts: Partial<Record<RejectionReason, number>> = {}
  for (const event of events) {
    if (event.type === 'update-rejected') counts[event.reason] = (counts[event.reason] ?? 0) + (event.count ?? 1)
  }
  return counts
}

/** Rejected updates by reason, summed over the honest peers. */
export function rejectionTotals(log: readonly LoggedEvent[]): Partial<Record<RejectionReason, number>> {
  return countReasons(honestEvents(log))
}

/**
 * Mean milliseconds of an honest peer's round by phase; evaluation is spread over all rounds, so the sum is a round.
 */
export function phaseMeans(log: readonly LoggedEvent[]): Summary['phases'] {
  const events = honestEvents(log)
  const closed = events.filter((event) => event.type === 'round-closed')
  const rounds = Math.max(1, closed.length)
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0) / rounds
  return {
    train: sum(closed.map((event) => event.trainMs)),
    wait: sum(closed.map((event) => event.waitMs)),
    aggregate: sum(closed.map((event) => event.aggregateMs)),
    evaluate: sum(events.filter((event) => event.type === 'evaluated').map((event) => event.evaluateMs)),
  }
}

/** Maximum number of pairs: no figure shows more, and they would fill megabytes. */
const maxPairs = 20_000

/**
 * The mean influence of each vector at each honest peer; a round without the vector counts as 0. Empty if there are too
 * many pairs.
 */
export function influenceShares(log: readonly LoggedEvent[]): InfluenceShare[] {
  if (rosterOf(log).reduce((sum, entry) => sum + entry.neighbours.length, 0) > maxPairs) return []
  const honest = honestPeers(rosterOf(log))
  const events = eventsByPeer(log)
  return rosterOf(log)
    .filter((entry) => honest.has(entry.peer))
    .flatMap((entry) => {
      const closed = (events.get(entry.peer) ?? []).filter((event) => event.type === 'round-closed')
      if (closed.length === 0) return []
      const shares = new Map([...entry.neighbours, entry.peer].map((from) => [from, { sum: 0, used: 0 }]))
      for (const { influence } of closed) {
        for (const [from, share] of influence) {
          const known = shares.get(from)
          if (!known) continue
          known.sum += share
          known.used += 1
        }
      }
      return [...shares]
        .sort(([a], [b]) => a - b)
        .map(([from, { sum, used }]) => ({
          peer: entry.peer,
          from,
          share: sum / closed.length,
          used: used / closed.length,
        }))
    })
}

/** Cumulative traffic, mean over honest peers; a peer without a later closed round counts with its last totals. */
export function trafficOf(log: readonly LoggedEvent[]): Traffic {
  const closed = honestEvents(log).filter((event) => event.type === 'round-closed')
  const byRound = groupBy(closed, (event) => event.round)
  const rounds = [...byRound.keys()].sort((a, b) => a - b)
  const latest = new Map<PeerIndex, Of<'round-closed'>>()
  const points = rounds.map((round) => {
    for (const event of byRound.get(round) ?? []) latest.set(event.peer, event)
    const values = [...latest.values()]
    return {
      sent: mean(values.map((event) => event.bytesSent)),
      received: mean(values.map((event) => event.bytesReceived)),
    }
  })
  return { rounds, sent: points.map((point) => point.sent), received: points.map((point) => point.received) }
}

function honestEvents(log: readonly LoggedEvent[]): RunEvent[] {
  const honest = honestPeers(rosterOf(log))
  return log.filter((event): event is RunEvent => event.type !== 'roster' && honest.has(event.peer))
}
