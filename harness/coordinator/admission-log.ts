import type { SeatRefusal, TurnedAway } from '#protocol/record/events.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { printable } from './printable.ts'

/** How often an identity may lose its seat while a swarm is wired; then it gets none again. */
const maxOffences = 2
/** Identities that are remembered, and seats that the record names; more are counted alone. */
const maxRemembered = 10_000
const maxNamed = 64
/** The first so many are told one by one; then a line says how many there were, at most this often. */
const toldSingly = 20
const tellMs = 10_000

/** Counts who was turned away before the start, remembers who may not come again, and says so without flooding. */
export interface TurnedAwayBook {
  /** Somebody who had no seat got none. */
  refused(reason: SeatRefusal): void
  /** A guest lost its seat: an offence of its identity. `detail` may be the guest's own words. */
  lost(peer: PeerIndex, id: string, reason: SeatRefusal, detail: string): void
  /** Whether an identity has lost its seat too often. */
  barred(id: string): boolean
  suspect(id: string): void
  suspicion(id: string): number
  /** For the record; undefined as long as nobody was turned away. */
  read(): TurnedAway | undefined
  /** In one line, such as `2 silent, 1 disconnected`; undefined as long as nobody was. */
  line(): string | undefined
}

/** `now` in milliseconds of any clock that does not go back. */
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
      tell(`somebody got no seat: ${reason}`)
    },
    lost(peer, id, reason, detail) {
      count(reason)
      more(offences, id)
      if (named.length < maxNamed) named.push({ peer, id, reason })
      tell(`the guest of seat ${peer} lost it before the start: ${reason} (${printable(detail)})`)
    },
    barred: (id) => (offences.get(id) ?? 0) >= maxOffences,
    suspect: (id) => more(suspicions, id),
    suspicion: (id) => suspicions.get(id) ?? 0,
    read: () => (counts.size === 0 ? undefined : { counts: Object.fromEntries(counts), seats: [...named] }),
    line,
  }
}

/** Counts an identity; of too many the one counted longest ago is forgotten. */
function more(counts: Map<string, number>, id: string): void {
  const count = (counts.get(id) ?? 0) + 1
  counts.delete(id)
  counts.set(id, count)
  const oldest = counts.keys().next()
  if (counts.size > maxRemembered && !oldest.done) counts.delete(oldest.value)
}
