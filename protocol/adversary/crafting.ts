import type { AttackState, CraftContext, Crafted, Known, Victim } from '#attacks/attack.ts'
import { randomStream } from '#learning/random.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { CraftSources } from '../record/craft-sources.ts'
import type { CoalitionMember, ColluderVectors, Turn } from './member.ts'

/** The crafting of one round. */
export interface Craftwork {
  readonly sources: CraftSources
  /** Number of known colluders' vectors. */
  readonly colluders: number
  /** Training that must end before crafting; undefined if the attack does not train. */
  readonly training: Promise<Float32Array> | undefined
  /** Crafts the vector (d) for the victims `aimedAt`. `victim` names a single victim that gets its own vector. */
  craft(trained: Float32Array | undefined, aimedAt: readonly Victim[], victim?: PeerIndex): Crafted
}

/** States of an attack by victim; the key is undefined if all victims get the same vector. */
export type AttackStates = Map<PeerIndex | undefined, AttackState>

/**
 * Crafts the vectors of a Byzantine peer from the vectors that the attack's level of knowledge allows. With fewer
 * colluders' vectors than the attack needs, it returns the honest vector. It keeps the `state` that an attack returns:
 * one for each victim, or a single one if all victims get the same vector.
 */
export function createCrafting(member: CoalitionMember, { shared, heard }: ColluderVectors, states: AttackStates) {
  const { self, otherColluders, victims, attack, omniscience } = member
  const rank = otherColluders.filter((otherColluder) => otherColluder < self).length

  const knownAt = (round: number, sources: CraftSources): Known => {
    const colluders = shared.chosen(round, sources.colluders).map(({ vector }) => vector)
    if (attack.knowledge === 'colluders') return { colluders }
    const known = { colluders, heard: heard.chosen(sources.heard.round, sources.heard.peers) }
    if (attack.knowledge === 'neighbourhood') return known
    return { ...known, honest: omniscience?.honest(round) ?? [] }
  }

  const contextOf = ({ own, start }: Turn, sources: CraftSources, aimedAt: readonly Victim[]): CraftContext => {
    const { n, m, pipeline, exact, graph } = member
    return {
      round: own.round,
      n,
      m,
      victims: aimedAt,
      random: randomStream(member.seed, 'attack', -1, own.round),
      own: sources.colluders.indexOf(self),
      rank,
      ...(member.sendsModels ? { previous: start } : {}),
      ...(pipeline ? { pipeline, exact } : {}),
      ...(graph ? { graph: graph(own.round) } : {}),
    }
  }

  return (turn: Turn, sources: CraftSources): Craftwork => {
    const { own, start } = turn
    const known = knownAt(own.round, sources)
    const enough = known.colluders.length >= attack.minColluders
    const training = enough
      ? attack.train?.(known, contextOf(turn, sources, victims(own.round)), () => {
          if (!member.training) throw new RangeError(`attack ${attack.name} trains, but this peer has no training data`)
          return member.training(own.round, start)
        })
      : undefined
    return {
      sources,
      colluders: known.colluders.length,
      training: training ?? undefined,
      craft(trained, aimedAt, victim) {
        if (!enough) return { output: own.vector }
        const state = states.get(victim)
        const crafted = attack.craft(known, {
          ...contextOf(turn, sources, aimedAt),
          ...(state ? { state } : {}),
          ...(trained ? { trained } : {}),
        })
        if (crafted.state) states.set(victim, crafted.state)
        return crafted
      },
    }
  }
}
