import type { AttackStates } from '../adversary/crafting.ts'
import { createDelivery } from '../adversary/delivery.ts'
import { type CoalitionMember, createColluderVectors, keyOf, type Turn } from '../adversary/member.ts'
import { createSubstitution } from '../adversary/substitution.ts'
import type { Conduct } from '../peer/conduct.ts'
import { type CraftSources, type RecordedSources, usualSources } from '../record/craft-sources.ts'
import type { ScriptEntry } from './script.ts'

/**
 * The conduct of a Byzantine peer in a replay, from its script. It crafts from the recorded vectors and aggregates the
 * recorded ones, however late they arrive. It crafts only in the rounds in which it crafted then.
 */
export function createScriptedMember(member: CoalitionMember, script: readonly ScriptEntry[]): Conduct {
  const { self, otherColluders, victims, attack } = member
  const isColluder = new Set(otherColluders)
  const { crafted, overtaken } = deedsOf(script)
  const vectors = createColluderVectors()
  const { shared, heard, told } = vectors
  const states: AttackStates = new Map()
  const delivery = createDelivery(member, vectors, states)
  const substitution = createSubstitution(member, vectors)
  /** Pending uses of other colluders' updates, by round and sender. They wait for the sender's honest vector. */
  const early = new Map<string, () => void>()
  /** Rounds to craft, oldest first. */
  const waiting: Turn[] = []

  const sourcesOf = (round: number): CraftSources => {
    const usual = usualSources(round, [self, ...otherColluders], attack, victims)
    const then = crafted.get(round)
    return { colluders: then?.present ?? usual.colluders, heard: then?.heard ?? usual.heard }
  }

  const isComplete = (round: number): boolean => {
    if (!crafted.has(round)) return true
    const sources = sourcesOf(round)
    return (
      sources.colluders.every((peer) => shared.get(round, peer)) &&
      sources.heard.peers.every((peer) => heard.get(sources.heard.round, peer))
    )
  }

  const craftWhatIsComplete = (): void => {
    for (let turn = waiting[0]; turn && isComplete(turn.own.round); turn = waiting[0]) {
      waiting.shift()
      craft(turn)
    }
  }

  const craft = (turn: Turn): void => {
    const { round } = turn.own
    // If every neighbour is a colluder, the peer crafts nothing and the script has no entry.
    const withoutVictims = attack.delivery === 'per-victim' && victims(round).length === 0
    if (!crafted.has(round) && !withoutVictims) return
    delivery.deliver(turn, sourcesOf(round))
  }

  return {
    send(own, neighbours, transport, start) {
      shared.put(own)
      for (const otherColluder of otherColluders) transport.collude(otherColluder, own)
      waiting.push({ own, neighbours, transport, start })
      // Others may be far ahead: drop the vectors of rounds before the oldest waiting round.
      for (const store of [shared, heard]) store.forget(waiting[0]?.own.round ?? own.round)
      craftWhatIsComplete()
    },
    arrived(update, use) {
      if (isColluder.has(update.sender)) {
        const awaited = substitution.isEarly(update) && !overtaken.has(keyOf(update)) && !early.has(keyOf(update))
        if (awaited) early.set(keyOf(update), use)
        else use()
        return
      }
      if (attack.knowledge === 'colluders') return use()
      heard.put(update)
      craftWhatIsComplete()
      use()
    },
    colluded(update) {
      if (!isColluder.has(update.sender)) return
      shared.put(update)
      craftWhatIsComplete()
      const use = early.get(keyOf(update))
      early.delete(keyOf(update))
      use?.()
    },
    defers(round, go) {
      if (!member.followsHonest) return false
      const awaited = !told.has(round) && crafted.has(round) && !overtaken.has(keyOf({ round, sender: self }))
      if (!awaited && !delivery.trains(round)) return false
      delivery.whenDelivered(round, go)
      return true
    },
    received: (update) => (overtaken.has(keyOf(update)) ? update : substitution.of(update)),
  }
}

/** The crafts of a Byzantine peer by round, and the updates that overtook the vectors that replace them. */
function deedsOf(script: readonly ScriptEntry[]) {
  const crafted = new Map<number, RecordedSources>()
  const overtaken = new Set<string>()
  for (const entry of script) {
    if (entry.type === 'crafted') crafted.set(entry.round, entry)
    else if (entry.type === 'overtaken') overtaken.add(keyOf({ round: entry.round, sender: entry.from }))
  }
  return { crafted, overtaken }
}
