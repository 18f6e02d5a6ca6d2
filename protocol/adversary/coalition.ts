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
import type { PeerIndex } from '#topology/graph.ts'
import type { Conduct } from '../peer/conduct.ts'
import { isFiniteVector } from '../peer/finite.ts'
import type { Clock, Recorder, Transport } from '../peer/ports.ts'
import { type CraftSources, recordedSources, usualSources } from '../record/craft-sources.ts'
import { type ScriptEntry, scriptedConduct } from '../replay/script.ts'
import type { Update } from '../round/update.ts'

/** The honest vectors of a round, for omniscient attacks; only a simulation has it. */
export interface Omniscience {
  /** All honest peers' vectors of the round in ascending index; undefined while some are missing. */
  honest(round: number): readonly Float32Array[] | undefined
  /** Calls back when all honest vectors of a round are there. */
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
  /** Nobody but its ends sees what travels on an edge: fellow colluders may be sent something else than victims. */
  readonly privateEdges: boolean
  /** Whether the vectors are models, which can be compared with the model at the start of the round. */
  readonly sendsModels: boolean
  readonly seed: number
  readonly deadlineMs: number
  /**
   * Whether who did not come in time is expected in the next round all the same (faults of a simulation take a peer away
   * for a round), or not before it shows up again (a process that ended).
   */
  readonly absences: 'brief' | 'lasting'
  readonly clock: Clock
  readonly recorder: Recorder
  readonly omniscience?: Omniscience
  /** The public rule for a closed neighbourhood of n vectors. */
  readonly pipeline?: (n: number) => ConfiguredRule
  readonly exact?: CraftContext['exact']
  readonly graph?: (round: number) => GraphKnown
  /** What attacks train with that do: in that round, from that model. */
  readonly training?: (round: number, start: Float32Array) => Training
  /** What it did in a run that is over: it crafts of the same vectors and aggregates the same ones, however long that takes. */
  readonly script?: readonly ScriptEntry[]
}

/** Rounds for which colluders' vectors are kept. */
const keptRounds = 3

/**
 * The conduct of a Byzantine peer: share the honest vector with the fellow colluders, wait for theirs for at most
 * a quarter of the deadline, craft, and send the crafted vector instead of the own one. Where absences last, one who was
 * waited for in vain is not waited for again until it shows up. With fewer colluders' vectors
 * than the attack needs, the honest vector is sent. Where the attack trains, that comes before crafting and takes no
 * virtual time: an adversary's machine is as fast as it needs. What an attack returns as `state` is kept for each victim, or
 * once where one vector goes to all. Fellow colluders aggregate the honest vector (DESIGN, section 2): where edges are
 * private it is what travels on theirs, else they put it in the place of the crafted one if they have it by then.
 */
export function createCoalitionMember(member: CoalitionMember): Conduct {
  const { self, fellows, victims, attack, clock, omniscience } = member
  const script = member.script && scriptedConduct(member.script)
  const isFellow = new Set(fellows)
  /** Honest vectors by round and colluder, the own ones among them. */
  const shared = new Map<number, Map<PeerIndex, Float32Array>>()
  /** Updates of honest neighbours by round and sender. */
  const heard = new Map<number, Map<PeerIndex, Float32Array>>()
  const states = new Map<PeerIndex | undefined, AttackState>()
  /** What everybody was sent, by round, if anything; kept where the own x follows the honest peers'. */
  const told = new Map<number, Map<PeerIndex, Float32Array>>()
  /** Updates of fellows whose honest vector is not here yet, by round and sender: what uses them. */
  const early = new Map<string, () => void>()
  /** Fellows and victims who were waited for in vain and have not shown up since. */
  const absent = new Set<PeerIndex>()
  /** Training under way, by round. */
  const training = new Set<number>()
  /** Aggregations that wait for the crafting of their round. */
  const deferred = new Map<number, () => void>()
  /** Whether fellow colluders are sent the honest vector where victims are sent the crafted one. */
  const confides = member.privateEdges && !member.followsHonest
  const rank = fellows.filter((fellow) => fellow < self).length
  /** Rounds that are not crafted yet, oldest first: the own next round may begin before the fellows end this one. */
  const waiting: { readonly round: number; readonly craft: () => void; readonly cancel: () => void }[] = []

  const put = (store: Map<number, Map<PeerIndex, Float32Array>>, update: Update): void => {
    const round = store.get(update.round) ?? new Map<PeerIndex, Float32Array>()
    round.set(update.sender, update.vector)
    store.set(update.round, round)
    // In a run that is computed again others may be far ahead: there `send` says what has served.
    if (!script) forget(store, update.round)
  }
  const forget = (store: Map<number, unknown>, newest: number): void => {
    for (const old of store.keys()) if (old <= newest - keptRounds) store.delete(old)
  }

  const complete = (round: number): boolean => {
    if (script) return script.crafted(round) === undefined || holds(sourcesOf(round), round)
    if ((shared.get(round)?.size ?? 0) < fellows.length + 1 - absent.size) return false
    if (attack.knowledge === 'omniscient' && omniscience?.honest(round) === undefined) return false
    return missing(round).every((peer) => absent.has(peer))
  }

  /** Whose vector a round is still to be crafted of. */
  const missing = (round: number): PeerIndex[] => {
    const awaited = fellows.filter((fellow) => !shared.get(round)?.has(fellow))
    if (!attack.rushing || attack.knowledge !== 'neighbourhood') return awaited
    const silent = victims(round).filter(({ peer }) => !heard.get(round)?.has(peer))
    return [...awaited, ...silent.map(({ peer }) => peer)]
  }

  /** How long fellows are waited for; as long as it takes where they are known to have come. */
  const within = (action: () => void): (() => void) =>
    script ? () => {} : clock.schedule(member.deadlineMs / 4, action)

  /** An update may overtake the honest vector that stands for it, on a stream of its own: that is waited for as when crafting. */
  const awaitFellow = (update: Update, use: () => void): void => {
    const key = `${update.round}/${update.sender}`
    const replaced = !member.followsHonest && !confides && !script?.overtaken(update.round, update.sender)
    if (!replaced || absent.has(update.sender) || shared.get(update.round)?.has(update.sender) || early.has(key))
      return use()
    const go = (): void => {
      cancel()
      if (early.delete(key)) use()
    }
    early.set(key, go)
    const cancel = within(go)
  }

  const tryCraft = (): void => {
    for (let next = waiting[0]; next && complete(next.round); next = waiting[0]) craftNext()
  }
  const craftNext = (): void => {
    const next = waiting.shift()
    next?.cancel()
    next?.craft()
  }
  const craftWithout = (): void => {
    const next = waiting[0]
    if (!next || member.absences === 'brief') return craftNext()
    for (const peer of missing(next.round)) absent.add(peer)
    // This round, and those that wait behind it for nobody else.
    tryCraft()
  }
  omniscience?.watch(tryCraft)

  const usual = (round: number): CraftSources => usualSources(round, [self, ...fellows], attack, victims)
  /** What a round is crafted of now, or was when it was crafted. */
  const sourcesOf = (round: number): CraftSources => {
    if (script) {
      const { colluders, heard: listened } = usual(round)
      const then = script.crafted(round)
      return { colluders: then?.present ?? colluders, heard: then?.heard ?? listened }
    }
    const latest = attack.rushing && heard.has(round) ? round : round - 1
    return {
      colluders: ascending(shared.get(round)).map(({ peer }) => peer),
      heard: { round: latest, peers: ascending(heard.get(latest)).map(({ peer }) => peer) },
    }
  }
  const holds = (sources: CraftSources, round: number): boolean =>
    sources.colluders.every((peer) => shared.get(round)?.has(peer)) &&
    sources.heard.peers.every((peer) => heard.get(sources.heard.round)?.has(peer))

  /** What the coalition knows, and no more than the level of the attack allows. */
  const knownAt = (round: number, sources: CraftSources): Known => {
    const colluders = chosen(shared.get(round), sources.colluders).map(({ vector }) => vector)
    if (attack.knowledge === 'colluders') return { colluders }
    const known = { colluders, heard: chosen(heard.get(sources.heard.round), sources.heard.peers) }
    if (attack.knowledge === 'neighbourhood') return known
    return { ...known, honest: omniscience?.honest(round) ?? [] }
  }

  const craftAndSend = (
    own: Update,
    neighbours: readonly PeerIndex[],
    transport: Transport,
    start: Float32Array,
  ): void => {
    // What it did not craft when this run took place it does not craft now.
    if (
      script &&
      !script.crafted(own.round) &&
      !(attack.delivery === 'per-victim' && victims(own.round).length === 0)
    ) {
      return
    }
    const sources = sourcesOf(own.round)
    const known = knownAt(own.round, sources)
    const enough = known.colluders.length >= attack.leastColluders
    const { n, m, recorder, pipeline, exact, graph } = member
    const contextOf = (aimedAt: readonly Victim[]): CraftContext => ({
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
        ...recordedSources(sources, usual(own.round)),
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
      const { output, holdBack } = crafted
      // What honest peers reject is no part of anybody's aggregate.
      const passes = output !== null && isFiniteVector(output)
      if (member.followsHonest) {
        if (passes) put(told, { ...own, vector: output })
        else told.set(own.round, new Map())
      }
      if (!output) return
      for (const neighbour of neighbours) {
        const toFellow = passes && confides && isFellow.has(neighbour)
        dispatch(neighbour, toFellow ? own.vector : output, holdBack)
      }
    }
    const delivered = (trained: Float32Array | undefined): void => {
      deliver(trained)
      const go = deferred.get(own.round)
      deferred.delete(own.round)
      go?.()
    }
    const work = enough
      ? attack.train?.(known, contextOf(victims(own.round)), () => {
          if (!member.training) throw new RangeError(`${attack.name} trains, and there is nothing to train with here`)
          return member.training(own.round, start)
        })
      : undefined
    if (!work) return delivered(undefined)
    training.add(own.round)
    clock.settle(work, 0, (trained) => {
      training.delete(own.round)
      delivered(trained)
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
        cancel: within(craftWithout),
      })
      if (script) for (const store of [shared, heard]) forget(store, waiting[0]?.round ?? own.round)
      tryCraft()
    },
    heard(update, use) {
      if (isFellow.has(update.sender)) return awaitFellow(update, use)
      if (attack.knowledge === 'colluders') return use()
      absent.delete(update.sender)
      put(heard, update)
      tryCraft()
      use()
    },
    colluded(update) {
      if (!isFellow.has(update.sender)) return
      absent.delete(update.sender)
      put(shared, update)
      tryCraft()
      early.get(`${update.round}/${update.sender}`)?.()
    },
    defers(round, go) {
      if (!member.followsHonest) return false
      const awaited = script && !told.has(round) && script.crafted(round) && !script.overtaken(round, self)
      if (!awaited && !training.has(round)) return false
      deferred.set(round, go)
      return true
    },
    received(update) {
      const { round, sender } = update
      if (script?.overtaken(round, sender)) return update
      const store = member.followsHonest ? told : shared
      const vector = store.get(round)?.get(sender)
      if (vector) return { ...update, vector }
      const late = member.followsHonest ? sender === self && !told.has(round) : isFellow.has(sender) && !confides
      if (late) {
        member.recorder.record({ type: 'attack-overtaken', peer: self, round, atMs: clock.now(), from: sender })
      }
      return update
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

/** The vectors of the peers named, in their order. */
function chosen(store: ReadonlyMap<PeerIndex, Float32Array> | undefined, peers: readonly PeerIndex[]): HeardVector[] {
  return peers.flatMap((peer) => {
    const vector = store?.get(peer)
    return vector ? [{ peer, vector }] : []
  })
}
