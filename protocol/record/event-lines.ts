import type { PeerIndex } from '#topology/graph.ts'
import type { LoggedEvent, RunEvent } from './events.ts'

/**
 * Converts between events and lines of `events.ndjson`. A line is the event as JSON, without repetitions for every edge
 * and round. So a log grows with peers times rounds, on the complete graph too:
 * - `neighbours` of the roster: ranges in a string, `0-4 6-9`, if that is shorter;
 * - `accepted` of a closed round: absent if it equals the roster's neighbours without `missing`;
 * - `influence`: `shares` instead of pairs, ascending by peer (accepted ones and the peer itself). Equal shares in a
 *   row are [count, share]. `sharesAbove: true` if the shares equal those of the previous closed round in the log;
 * - sketches of received vectors: without the sketch if it equals this sender's previous one in the log.
 *
 * The reader accepts lines with all of these fields in full, as in old logs.
 */
export interface EventCoder<From, To> {
  /** Converts the next item of a log; call it for all items in order, from the first. */
  next(event: From): To
}

type Closed = Extract<RunEvent, { type: 'round-closed' }>
type Evaluated = Extract<RunEvent, { type: 'evaluated' }>
type Pairs = Closed['influence']
type Shares = readonly (number | readonly [times: number, share: number])[]
type Received = readonly (readonly [PeerIndex, string] | readonly [PeerIndex])[]
/** A parsed line. */
type Line = Record<string, unknown> & { readonly type: string }

/** Writes events as lines, without line feed. */
export function createLineWriter(): EventCoder<LoggedEvent, string> {
  const neighboursOf = new Map<PeerIndex, readonly PeerIndex[]>()
  const sketches = new Map<PeerIndex, string>()
  let above = ''
  const closed = (event: Closed): object => {
    const { accepted, influence, ...rest } = event
    const usual = less(neighboursOf.get(event.peer), event.missing)
    const members = membersOf(event.peer, accepted)
    const inOrder =
      influence.every(([peer, share], k) => peer === members[k] && Number.isFinite(share)) &&
      influence.length === members.length
    const values = inOrder ? packed(influence.map(([, share]) => share)) : influence
    const key = JSON.stringify(values)
    const repeats = inOrder && key === above
    if (inOrder) above = key
    return {
      ...rest,
      ...(usual && same(usual, accepted) ? {} : { accepted }),
      ...(repeats ? { sharesAbove: true } : inOrder ? { shares: values } : { influence }),
    }
  }
  const evaluated = (event: Evaluated): object => {
    if (!event.sketches) return event
    const received = event.sketches.received.map(([from, sketch]) => {
      if (sketches.get(from) === sketch) return [from]
      sketches.set(from, sketch)
      return [from, sketch]
    })
    return { ...event, sketches: { ...event.sketches, received } }
  }
  return {
    next(event) {
      if (event.type === 'roster') {
        for (const { peer, neighbours } of event.peers) neighboursOf.set(peer, neighbours)
        return JSON.stringify({
          ...event,
          peers: event.peers.map((entry) => ({ ...entry, neighbours: shorter(entry.neighbours) })),
        })
      }
      if (event.type === 'round-closed') return JSON.stringify(closed(event))
      return JSON.stringify(event.type === 'evaluated' ? evaluated(event) : event)
    },
  }
}

/** Reads lines of this version or an older one. Throws SyntaxError for a line that is not JSON. */
export function createLineReader(revive?: (key: string, value: unknown) => unknown): EventCoder<string, LoggedEvent> {
  const neighboursOf = new Map<PeerIndex, readonly PeerIndex[]>()
  const sketches = new Map<PeerIndex, string>()
  let above: readonly number[] = []
  const closed = ({ shares, sharesAbove, ...rest }: Line): unknown => {
    const { peer, missing } = rest as unknown as Closed
    const accepted = (rest.accepted as Closed['accepted']) ?? less(neighboursOf.get(peer), missing) ?? []
    if (shares) above = unpacked(shares as Shares)
    const influence = (rest.influence as Pairs) ?? membersOf(peer, accepted).map((member, k) => [member, above[k] ?? 0])
    return { ...rest, accepted, influence }
  }
  const evaluated = (event: Evaluated): unknown => {
    if (!event.sketches) return event
    const received = (event.sketches.received as Received).map(([from, sketch]) => {
      if (sketch !== undefined) sketches.set(from, sketch)
      return [from, sketch ?? sketches.get(from) ?? '']
    })
    return { ...event, sketches: { ...event.sketches, received } }
  }
  return {
    next(text) {
      const line = JSON.parse(text, revive) as Line
      if (line.type === 'roster') {
        const peers = (line.peers as (Record<string, unknown> & { peer: PeerIndex })[]).map((entry) => {
          const neighbours = full(entry.neighbours as string | readonly PeerIndex[])
          neighboursOf.set(entry.peer, neighbours)
          return { ...entry, neighbours }
        })
        return { ...line, peers } as unknown as LoggedEvent
      }
      if (line.type === 'round-closed') return closed(line) as LoggedEvent
      return (line.type === 'evaluated' ? evaluated(line as unknown as Evaluated) : line) as LoggedEvent
    },
  }
}

/** All events of a log. Throws SyntaxError for a line that is not JSON. */
export function readEventLines(text: string): LoggedEvent[] {
  const reader = createLineReader()
  return text.split('\n').flatMap((line) => (line === '' ? [] : [reader.next(line)]))
}

/** The members of an aggregation: the accepted peers and the peer itself, ascending. */
function membersOf(peer: PeerIndex, accepted: readonly PeerIndex[]): readonly PeerIndex[] {
  return [...accepted, peer].sort((a, b) => a - b)
}

function less(
  neighbours: readonly PeerIndex[] | undefined,
  missing: readonly PeerIndex[],
): readonly PeerIndex[] | undefined {
  if (!neighbours || missing.length === 0) return neighbours
  const gone = new Set(missing)
  return neighbours.filter((peer) => !gone.has(peer))
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, k) => value === b[k])
}

function packed(values: readonly number[]): Shares {
  const runs: [number, number][] = []
  for (const value of values) {
    const last = runs.at(-1)
    if (last && last[1] === value) last[0] += 1
    else runs.push([1, value])
  }
  return runs.map(([times, share]) => (times === 1 ? share : [times, share]))
}

function unpacked(shares: Shares): number[] {
  return shares.flatMap((entry) => (typeof entry === 'number' ? [entry] : Array<number>(entry[0]).fill(entry[1])))
}

/** Ascending peers as ranges, if that is shorter than the list. */
function shorter(peers: readonly PeerIndex[]): string | readonly PeerIndex[] {
  const runs: [number, number][] = []
  for (const peer of peers) {
    const last = runs.at(-1)
    if (last && last[1] + 1 === peer) last[1] = peer
    else runs.push([peer, peer])
  }
  const text = runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(' ')
  return text.length + 2 < JSON.stringify(peers).length && runs.length < peers.length ? text : peers
}

function full(peers: string | readonly PeerIndex[]): readonly PeerIndex[] {
  if (typeof peers !== 'string') return peers
  return peers.split(' ').flatMap((run) => {
    const [from = 0, to = from] = run.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, k) => from + k)
  })
}
