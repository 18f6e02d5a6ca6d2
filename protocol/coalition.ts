import type { ConfiguredRule } from '#aggregation/rule.ts'
import type {
  AttackState,
  ConfiguredAttack,
  CraftContext,
  Crafted,
  GraphKnown,
  HeardVector,
  Known,
  Training,
  Victim,
} from '#attacks/attack.ts'
import { randomStream } from '#learning/random.ts'
import type { Conduct } from './conduct.ts'
import { isFiniteVector } from './finite.ts'
import type { Clock, PeerIndex, Recorder, Transport, Update } from './ports.ts'

/** The honest vectors of a round, for omniscient attacks; only a simulation has it. */
export interface Omniscience {
  /** All honest peers' vectors of the round in ascending index; undefined while some are missing. */
  honest(round: number): readonly Float32Array[] | undefined
  /** Calls back after each vector that is added. */
  watch(changed: () => void): void
}

export interface CoalitionMember {
  readonly self: PeerIndex
  /** Fellow colluders, self excluded, ascending. */
  readonly fellows: readonly PeerIndex[]
  /** Honest neighbours of a round and the public facts about their neighbourhoods. */
  victims(round: number): readonly Victim[]
  /** Peers and Byzantine peers of the experiment. */
  readonly n: number
  readonly m: number
  readonly attack: ConfiguredAttack
  /**
   * The liars hold the honest peers' x and compute at it, as the corrupted workers of a parameter server do: with
   * `exchange: gradients` and one vector for everybody they aggregate what everybody got. Otherwise they go on from
   * their honest vectors.
   */
  readonly followsHonest: boolean
  /** Whether the vectors are models, which can be compared with the model at the start of the round. */
  readonly sendsModels: boolean
  readonly seed: number
  readonly deadlineMs: number
  readonly clock: Clock
  readonly recorder: Recorder
  readonly omniscience?: Omniscience
  /** The public rule for a closed neighbourhood of n vectors. */
  readonly pipeline?: (n: number) => ConfiguredRule
  readonly exact?: CraftContext['exact']
  readonly graph?: (round: number) => GraphKnown
  /** What attacks train with that do: in that round, from that model. */
  readonly training?: (round: number, start: Float32Array) => Training
}

/** Rounds for which colluders' vectors are kept. */
const keptRounds = 3

/**
 * The conduct of a Byzantine peer: share the honest vector with the fellow colluders, wait for theirs for at most
 * a quarter of the deadline, craft, and send the crafted vector instead of the own one. With fewer colluders' vectors
 * than the attack needs, the honest vector is sent. Where the attack trains, that comes before crafting and takes no
 * virtual time: an adversary's machine is as fast as it needs. What an attack returns as `state` is kept for each victim, or
 * once where one vector goes to all.
 */
export function createCoalitionMember(member: CoalitionMember): Conduct {
  const { self, fellows, victims, attack, clock, omniscience } = member
  /** Honest vectors by round and colluder, the own ones among them. */
  const shared = new Map<number, Map<PeerIndex, Float32Array>>()
  /** Updates of honest neighbours by round and sender. */
  const heard = new Map<number, Map<PeerIndex, Float32Array>>()
  const states = new Map<PeerIndex | undefined, AttackState>()
  /** What everybody was sent, by round; kept where the own x follows the honest peers'. */
  const told = new Map<number, Map<PeerIndex, Float32Array>>()
  /** Updates of fellows whose honest vector is not here yet, by round and sender: what uses them. */
  const early = new Map<string, () => void>()
  /** Training under way, by round. */
  const training = new Map<number, Promise<Float32Array>>()
  const rank = fellows.filter((fellow) => fellow < self).length
  /** Rounds that are not crafted yet, oldest first: the own next round may begin before the fellows end this one. */
  const waiting: { readonly round: number; readonly craft: () => void; readonly cancel: () => void }[] = []

  const put = (store: Map<number, Map<PeerIndex, Float32Array>>, update: Update): void => {
    const round = store.get(update.round) ?? new Map<PeerIndex, Float32Array>()
    round.set(update.sender, update.vector)
    store.set(update.round, round)
    for (const old of store.keys()) if (old <= update.round - keptRounds) store.delete(old)
  }

  const complete = (round: number): boolean => {
    if ((shared.get(round)?.size ?? 0) < fellows.length + 1) return false
    if (attack.knowledge === 'omniscient') return omniscience?.honest(round) !== undefined
    if (!attack.rushing || attack.knowledge === 'colluders') return true
    return victims(round).every((victim) => heard.get(round)?.has(victim.peer))
  }

  /** An update may overtake the honest vector that stands for it, on a stream of its own: that is waited for as when crafting. */
  const awaitFellow = (update: Update, use: () => void): void => {
    const key = `${update.round}/${update.sender}`
    if (member.followsHonest || shared.get(update.round)?.has(update.sender) || early.has(key)) return use()
    const go = (): void => {
      cancel()
      if (early.delete(key)) use()
    }
    early.set(key, go)
    const cancel = clock.schedule(member.deadlineMs / 4, go)
  }

  const tryCraft = (): void => {
    for (let next = waiting[0]; next && complete(next.round); next = waiting[0]) craftNext()
  }
  const craftNext = (): void => {
    const next = waiting.shift()
    next?.cancel()
    next?.craft()
  }
  omniscience?.watch(tryCraft)

  /** What the coalition knows, and no more than the level of the attack allows. */
  const knownAt = (round: number): Known => {
    const colluders = ascending(shared.get(round)).map(({ vector }) => vector)
    if (attack.knowledge === 'colluders') return { colluders }
    const latest = attack.rushing && heard.has(round) ? round : round - 1
    const known = { colluders, heard: ascending(heard.get(latest)) }
    if (attack.knowledge === 'neighbourhood') return known
    return { ...known, honest: omniscience?.honest(round) ?? [] }
  }

  const craftAndSend = (
    own: Update,
    neighbours: readonly PeerIndex[],
    transport: Transport,
    start: Float32Array,
  ): void => {
    const known = knownAt(own.round)
    const enough = known.colluders.length >= attack.leastColluders
    const { n, m, recorder, pipeline, exact, graph } = member
    const present = ascending(shared.get(own.round)).map(({ peer }) => peer)
    const contextOf = (aimedAt: readonly Victim[]): CraftContext => ({
      round: own.round,
      n,
      m,
      victims: aimedAt,
      random: randomStream(member.seed, 'attack', -1, own.round),
      own: present.indexOf(self),
      rank,
      ...(member.sendsModels ? { previous: start } : {}),
      ...(pipeline ? { pipeline, exact } : {}),
      ...(graph ? { graph: graph(own.round) } : {}),
    })
    const craft = (trained: Float32Array | undefined, aimedAt: readonly Victim[], victim?: PeerIndex): Crafted => {
      if (!enough) return { output: own.vector }
      const state = states.get(victim)
      const crafted = attack.craft(known, {
        ...contextOf(aimedAt),
        ...(state ? { state } : {}),
        ...(trained ? { trained } : {}),
      })
      if (crafted.state) states.set(victim, crafted.state)
      return crafted
    }
    const dispatch = (to: PeerIndex, vector: Float32Array, holdBack = 0): void => {
      const update = { ...own, vector }
      if (holdBack > 0) clock.schedule(member.deadlineMs * holdBack, () => transport.send(to, update))
      else transport.send(to, update)
    }
    const record = (crafted: Crafted, victim?: PeerIndex): void =>
      recorder.record({
        type: 'attack-crafted',
        peer: self,
        round: own.round,
        atMs: clock.now(),
        colluders: known.colluders.length,
        ...(crafted.z === undefined ? {} : { z: crafted.z }),
        ...(crafted.trace ? { gain: Math.max(...crafted.trace.map(({ gain }) => gain)) } : {}),
        ...(victim === undefined ? {} : { victim }),
      })
    const deliver = (trained: Float32Array | undefined): void => {
      if (attack.delivery === 'per-victim') {
        for (const neighbour of neighbours) {
          const victim = victims(own.round).find(({ peer }) => peer === neighbour)
          // Fellow colluders aggregate the honest vector; what travels on their edge only has to look ordinary.
          const crafted: Crafted = victim ? craft(trained, [victim], neighbour) : { output: own.vector }
          if (victim) record(crafted, neighbour)
          if (crafted.output) dispatch(neighbour, crafted.output, crafted.holdBack)
        }
        return
      }
      const crafted = craft(trained, victims(own.round))
      record(crafted)
      if (!crafted.output) return
      // What honest peers reject is no part of their aggregate.
      if (member.followsHonest && isFiniteVector(crafted.output)) put(told, { ...own, vector: crafted.output })
      for (const neighbour of neighbours) dispatch(neighbour, crafted.output, crafted.holdBack)
    }
    const work = enough
      ? attack.train?.(known, contextOf(victims(own.round)), () => {
          if (!member.training) throw new RangeError(`${attack.name} trains, and there is nothing to train with here`)
          return member.training(own.round, start)
        })
      : undefined
    if (!work) return deliver(undefined)
    training.set(own.round, work)
    clock.settle(work, 0, (trained) => {
      training.delete(own.round)
      deliver(trained)
    })
  }

  return {
    send(own, neighbours, transport, start) {
      put(shared, own)
      for (const fellow of fellows) transport.collude(fellow, own)
      waiting.push({
        round: own.round,
        craft: () => craftAndSend(own, neighbours, transport, start),
        // All waits are equally long, so the oldest round is the one whose wait is over.
        cancel: clock.schedule(member.deadlineMs / 4, craftNext),
      })
      tryCraft()
    },
    heard(update, use) {
      if (fellows.includes(update.sender)) return awaitFellow(update, use)
      if (attack.knowledge === 'colluders') return use()
      put(heard, update)
      tryCraft()
      use()
    },
    colluded(update) {
      if (!fellows.includes(update.sender)) return
      put(shared, update)
      tryCraft()
      early.get(`${update.round}/${update.sender}`)?.()
    },
    pending: (round) => (member.followsHonest ? training.get(round) : undefined),
    received(update) {
      const store = member.followsHonest ? told : shared
      const vector = store.get(update.round)?.get(update.sender)
      return vector ? { ...update, vector } : update
    },
    // What the colluders shared and told serves one round only.
    memory: {
      snapshot: () => ({
        heard: new Map(
          attack.knowledge === 'colluders' ? [] : [...heard].map(([round, vectors]) => [round, new Map(vectors)]),
        ),
        states: new Map(states),
      }),
      restore(memory) {
        for (const [round, vectors] of memory.heard) heard.set(round, new Map(vectors))
        for (const [victim, state] of memory.states) states.set(victim, state)
      },
    },
  }
}

function ascending(store: ReadonlyMap<PeerIndex, Float32Array> | undefined): HeardVector[] {
  return [...(store ?? [])].map(([peer, vector]) => ({ peer, vector })).sort((a, b) => a.peer - b.peer)
}
