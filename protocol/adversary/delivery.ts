import type { Crafted } from '#attacks/attack.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { isFiniteVector } from '../peer/finite.ts'
import { type CraftSources, recordedSources, usualSources } from '../record/craft-sources.ts'
import { type AttackStates, type Craftwork, createCrafting } from './crafting.ts'
import { type CoalitionMember, type ColluderVectors, confides, type Turn } from './member.ts'

/** Crafts a round and sends the crafted vectors: the last part of a Byzantine peer's turn. */
export interface Delivery {
  /** Hands over all vectors of a round, after the training of an attack that trains. */
  deliver(turn: Turn, sources: CraftSources): void
  /** Calls `go` once the vectors of this round are handed over. */
  whenDelivered(round: number, go: () => void): void
  /** Whether the attack is training for this round. */
  trains(round: number): boolean
}

/**
 * Sends every neighbour the crafted vector instead of the peer's own, and records the sources of the crafting. Training
 * takes no virtual time: an adversary's machine is as fast as it needs. Other colluders aggregate the honest vector.
 * With private edges they receive it; otherwise they substitute it for the crafted one.
 */
export function createDelivery(member: CoalitionMember, vectors: ColluderVectors, states: AttackStates): Delivery {
  const { self, otherColluders, victims, attack, clock } = member
  const begin = createCrafting(member, vectors, states)
  const isColluder = new Set(otherColluders)
  const underWay = new Set<number>()
  /** Aggregations that wait for the delivery of their round. */
  const deferred = new Map<number, () => void>()

  const leave = ({ own, transport }: Turn, to: PeerIndex, vector: Float32Array, holdBack = 0): void => {
    const update = { ...own, vector }
    if (holdBack > 0) clock.schedule(member.deadlineMs * holdBack, () => transport.send(to, update))
    else transport.send(to, update)
  }

  const record = (round: number, { sources, colluders }: Craftwork, crafted: Crafted, victim?: PeerIndex): void => {
    member.recorder.record({
      type: 'attack-crafted',
      peer: self,
      round,
      atMs: clock.now(),
      colluders,
      ...recordedSources(sources, usualSources(round, [self, ...otherColluders], attack, victims)),
      ...(crafted.z === undefined ? {} : { z: crafted.z }),
      ...(crafted.trace ? { gain: Math.max(...crafted.trace.map(({ gain }) => gain)) } : {}),
      ...(victim === undefined ? {} : { victim }),
    })
  }

  /** Sends each victim its own vector. Another colluder gets the honest vector, so that its edge looks ordinary. */
  const toEach = (turn: Turn, work: Craftwork, trained: Float32Array | undefined): void => {
    const { own } = turn
    for (const neighbour of turn.neighbours) {
      const victim = victims(own.round).find(({ peer }) => peer === neighbour)
      const crafted: Crafted = victim ? work.craft(trained, [victim], neighbour) : { output: own.vector }
      if (victim) record(own.round, work, crafted, neighbour)
      if (crafted.output) leave(turn, neighbour, crafted.output, crafted.holdBack)
    }
  }

  const toAll = (turn: Turn, work: Craftwork, trained: Float32Array | undefined): void => {
    const { own } = turn
    const crafted = work.craft(trained, victims(own.round))
    record(own.round, work, crafted)
    const { output, holdBack } = crafted
    // Honest peers reject a vector that is not finite, so it enters no aggregate.
    const passes = output !== null && isFiniteVector(output)
    if (member.followsHonest) {
      if (passes) vectors.told.put({ ...own, vector: output })
      else vectors.told.leaveEmpty(own.round)
      vectors.told.forget(own.round)
    }
    if (!output) return
    for (const neighbour of turn.neighbours) {
      const honest = passes && confides(member) && isColluder.has(neighbour)
      leave(turn, neighbour, honest ? own.vector : output, holdBack)
    }
  }

  return {
    deliver(turn, sources) {
      const { round } = turn.own
      const work = begin(turn, sources)
      const send = (trained: Float32Array | undefined): void => {
        if (attack.delivery === 'per-victim') toEach(turn, work, trained)
        else toAll(turn, work, trained)
        const go = deferred.get(round)
        deferred.delete(round)
        go?.()
      }
      if (!work.training) return send(undefined)
      underWay.add(round)
      clock.settle(work.training, 0, (trained) => {
        underWay.delete(round)
        send(trained)
      })
    },
    whenDelivered: (round, go) => void deferred.set(round, go),
    trains: (round) => underWay.has(round),
  }
}
