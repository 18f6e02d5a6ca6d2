import type { SeatRefusal, TurnedAway } from '#protocol/record/events.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { printable } from './printable.ts'

/** An identity that has lost its seat this often gets none again. */
const maxOffences = 2
/** Maximum number of identities to remember, and of lost seats that the record names. All are counted. */
const maxRemembered = 10_000
const maxNamed = 64
/** This many refusals are reported one by one; after that, one line at most every `tellMs`. */
const toldSingly = 20
const tellMs = 10_000

/** Counts the peers turned away before the start, remembers repeat offenders, and reports them at a limited rate. */
export interface TurnedAwayBook {
  /** A peer asked for a seat and was refused. */
  refused(reason: SeatRefusal): void
  /** A guest lost its seat, which counts as an offence of its identity. The guest itself may have written `detail`. */
  lost(peer: PeerIndex, id: string, reason: SeatRefusal, detail: string): void
  /** Whether an identity has lost its seat too often. */
  barred(id: string): boolean
  suspect(id: string): void
  suspicion(id: string): number
  /** The counts for the record; undefined if nobody was turned away. */
  read(): TurnedAway | undefined
  /** The counts in one line, such as `2 silent, 1 disconnected`; undefined if nobody was turned away. */
  line(): string | undefined
}

/** `now` returns milliseconds of a monotonic clock. */
export function createTurnedAwayBook(say: (line: string) => void, now: () => number): TurnedAwayBook {
  const counts = new Map<SeatRefusal, number>()
  const named: TurnedAway['seats'][number][] = []
  const offences = new Map<string, number>()
  const suspicions = new Map<string, number>()
  let told = 0
  let quietUntil = 0

  const line = (): string | undefined =>
    counts.size === 0 ? undefined : [...counts].map(([reason, count]) => `${count} ${reason}`).join(', ')
  const tell = (what: string): void => {
    told += 1
    const at = now()
    if (told > toldSingly && at < quietUntil) return
    quietUntil = at + tellMs
    say(`${what}; turned away so far: ${line()}`)
  }
  const count = (reason: SeatRefusal): void => void counts.set(reason, (counts.get(reason) ?? 0) + 1)

  return {
    refused(reason) {
      count(reason)
      tell(`refused a seat: ${reason}`)
    },
    lost(peer, id, reason, detail) {
      count(reason)
      more(offences, id)
      if (named.length < maxNamed) named.push({ peer, id, reason })
      tell(`the guest in seat ${peer} lost its seat before the start: ${reason} (${printable(detail)})`)
    },
    barred: (id) => (offences.get(id) ?? 0) >= maxOffences,
    suspect: (id) => more(suspicions, id),
    suspicion: (id) => suspicions.get(id) ?? 0,
    read: () => (counts.size === 0 ? undefined : { counts: Object.fromEntries(counts), seats: [...named] }),
    line,
  }
}

/** Counts an identity. If there are too many, forgets the one counted longest ago. */
function more(counts: Map<string, number>, id: string): void {
  const count = (counts.get(id) ?? 0) + 1
  counts.delete(id)
  counts.set(id, count)
  const oldest = counts.keys().next()
  if (counts.size > maxRemembered && !oldest.done) counts.delete(oldest.value)
}
