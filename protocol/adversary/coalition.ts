import type { PeerIndex } from '#topology/graph.ts'
import type { Conduct } from '../peer/conduct.ts'
import type { CraftSources } from '../record/craft-sources.ts'
import type { Update } from '../round/update.ts'
import type { AttackStates } from './crafting.ts'
import { createDelivery } from './delivery.ts'
import { type CoalitionMember, createColluderVectors, keyOf, type Turn } from './member.ts'
import { conductMemory } from './memory.ts'
import type { RoundVectors } from './round-vectors.ts'
import { createSubstitution } from './substitution.ts'

/**
 * The conduct of a Byzantine peer. It shares its honest vector with the other colluders and waits for theirs, at most a
 * quarter of the deadline. Then it crafts a vector and sends it instead of the peer's own. With `absences: lasting`,
 * the member stops waiting for a peer that missed its wait, until that peer sends something.
 */
export function createCoalitionMember(member: CoalitionMember): Conduct {
  const { otherColluders, victims, attack, clock, omniscience } = member
  const isColluder = new Set(otherColluders)
  const vectors = createColluderVectors()
  const { shared, heard } = vectors
  const states: AttackStates = new Map()
  const delivery = createDelivery(member, vectors, states)
  const substitution = createSubstitution(member, vectors)
  /** Pending uses of other colluders' updates, by round and sender. They wait for the sender's honest vector. */
  const early = new Map<string, () => void>()
  /** Other colluders and victims that missed a wait and have sent nothing since. */
  const absent = new Set<PeerIndex>()
  /** Rounds to craft, oldest first. The next round may begin before the other colluders end this one. */
  const waiting: { readonly turn: Turn; readonly cancel: () => void }[] = []

  const keep = (store: RoundVectors, update: Update): void => {
    store.put(update)
    store.forget(update.round)
  }

  const isComplete = (round: number): boolean => {
    if (shared.count(round) < otherColluders.length + 1 - absent.size) return false
    if (attack.knowledge === 'omniscient' && omniscience?.honest(round) === undefined) return false
    return missing(round).every((peer) => absent.has(peer))
  }

  /** The peers whose vectors the crafting of a round still needs. */
  const missing = (round: number): PeerIndex[] => {
    const awaited = otherColluders.filter((otherColluder) => !shared.get(round, otherColluder))
    if (!attack.rushing || attack.knowledge !== 'neighbourhood') return awaited
    const silent = victims(round).filter(({ peer }) => !heard.get(round, peer))
    return [...awaited, ...silent.map(({ peer }) => peer)]
  }

  const within = (action: () => void): (() => void) => clock.schedule(member.deadlineMs / 4, action)

  /** An update may overtake the honest vector that replaces it. The wait for that vector is as long as for crafting. */
  const awaitColluder = (update: Update, use: () => void): void => {
    const key = keyOf(update)
    if (absent.has(update.sender) || !substitution.isEarly(update) || early.has(key)) return use()
    const go = (): void => {
      cancel()
      if (early.delete(key)) use()
    }
    early.set(key, go)
    const cancel = within(go)
  }

  const craftWhatIsComplete = (): void => {
    for (let next = waiting[0]; next && isComplete(next.turn.own.round); next = waiting[0]) craftNext()
  }
  const craftNext = (): void => {
    const next = waiting.shift()
    next?.cancel()
    if (next) delivery.deliver(next.turn, sourcesOf(next.turn.own.round))
  }
  const craftWithoutTheMissing = (): void => {
    const next = waiting[0]
    if (!next || member.absences === 'brief') return craftNext()
    for (const peer of missing(next.turn.own.round)) absent.add(peer)
    // This also crafts later rounds that waited only for these peers.
    craftWhatIsComplete()
  }
  omniscience?.watch(craftWhatIsComplete)

  /** The vectors available now for crafting a round. */
  const sourcesOf = (round: number): CraftSources => {
    const latest = attack.rushing && heard.has(round) ? round : round - 1
    return { colluders: shared.peers(round), heard: { round: latest, peers: heard.peers(latest) } }
  }

  return {
    send(own, neighbours, transport, start) {
      keep(shared, own)
      for (const otherColluder of otherColluders) transport.collude(otherColluder, own)
      // All waits have the same length, so the wait of the oldest round ends first.
      waiting.push({ turn: { own, neighbours, transport, start }, cancel: within(craftWithoutTheMissing) })
      craftWhatIsComplete()
    },
    arrived(update, use) {
      if (isColluder.has(update.sender)) return awaitColluder(update, use)
      if (attack.knowledge === 'colluders') return use()
      absent.delete(update.sender)
      keep(heard, update)
      craftWhatIsComplete()
      use()
    },
    colluded(update) {
      if (!isColluder.has(update.sender)) return
      absent.delete(update.sender)
      keep(shared, update)
      craftWhatIsComplete()
      early.get(keyOf(update))?.()
    },
    defers(round, go) {
      if (!member.followsHonest || !delivery.trains(round)) return false
      delivery.whenDelivered(round, go)
      return true
    },
    received: substitution.of,
    memory: conductMemory(member, vectors, states),
  }
}
