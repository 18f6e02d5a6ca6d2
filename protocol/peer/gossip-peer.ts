import type { RuleState } from '#aggregation/rule.ts'
import { integer, randomStream } from '#learning/random.ts'
import { learningRateAt } from '#learning/training/schedules.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { withMissing } from '#topology/mixing.ts'
import type { Pace } from '../experiment/schema.ts'
import { influencePairs } from '../record/influence-pairs.ts'
import { vectorDigest } from '../record/vector-digest.ts'
import type { Update } from '../round/update.ts'
import { isFiniteVector } from './finite.ts'
import { createModelShares } from './model-shares.ts'
import type { PeerConfig, PeerPorts } from './peer-ports.ts'

type OwnPace = Exclude<Pace, { name: 'rounds' }>

export interface GossipConfig extends PeerConfig {
  /** Minimum number of vectors that the rule needs, the peer's own included. */
  readonly minimum: number
}

type GossipPorts = Omit<PeerPorts, 'decide' | 'between'>

/**
 * Creates a peer that keeps its own pace. Its rounds are periods of its own clock, and the first starts at a random
 * moment within one period. Simulation only.
 *
 * `gossip-learning`: Ormandi, Hegedus, Jelasity 2013, https://arxiv.org/abs/1109.1396, Algorithm 1, merge then update.
 * Once a period the peer sends its model to one random neighbour (push), asks one for its model (pull), or both. It
 * merges each model that arrives into its own, and then makes local steps.
 *
 * - `age-weighted`: Hegedus, Danner, Jelasity 2019, https://doi.org/10.1007/978-3-030-22496-7_5, Algorithm 2. The
 *   weights are the ages, a model's number of local steps. The merged model has the greater age.
 * - `rule`: the experiment's rule over the peer's own model and each neighbour's newest one, once there are enough
 *   models for the rule.
 *
 * `ad-psgd`: Lian, Zhang, Zhang, Liu 2018, https://arxiv.org/abs/1710.06952, Algorithm 1. The peer computes local steps
 * from a snapshot and adds them to its present model. Then it averages its model half and half with that of one random
 * neighbour.
 *
 * Choices: each peer begins with local steps of its own. Models that arrive during local steps wait for the end of the
 * steps, the newest of each sender; with ad-psgd the peer averages them in at once. An average takes two messages: each
 * side moves half way to the model that the other sent, which keeps the sum of both.
 */
export function createGossipPeer(setup: GossipConfig, pace: OwnPace, ports: GossipPorts) {
  const { rules } = setup
  const { self, rounds } = rules
  const { transport, clock, trainer, aggregator, digest, recorder, conduct } = ports
  const random = randomStream(setup.seed, 'gossip', self)
  const steps = setup.localEpochs === undefined ? setup.localSteps : setup.localEpochs * ports.batches.perPass
  const asynchronous = pace.name === 'ad-psgd'
  let round = 0
  let x = trainer.read()
  let age = 0
  let busy = false
  let finished = false
  let loss = Number.NaN
  let trainMs = 0
  let ruleState: RuleState | undefined
  /** The newest model of each sender that arrived during local steps. */
  const waiting = new Map<PeerIndex, Update>()
  /** The newest model of each neighbour, for `merge: rule`. */
  const newest = new Map<PeerIndex, Update>()
  const shares = createModelShares(self)
  let last: {
    readonly members: readonly PeerIndex[]
    readonly vectors: readonly Float32Array[]
    readonly influence: readonly number[]
  }
  /** Models sent for averaging and not answered yet (ad-psgd). */
  const offered = new Map<PeerIndex, Float32Array>()

  const at = () => ({ peer: self, round, atMs: clock.now() })
  const neighbours = (): readonly PeerIndex[] => rules.at?.(round).neighbours ?? rules.neighbours
  const due = (): boolean => (round + 1) % setup.evaluateEvery === 0 || round === rounds - 1

  /** Makes local steps from the present model; `then` receives the models before and after. */
  const train = (then: (before: Float32Array, after: Float32Array) => void): void => {
    busy = true
    const before = x
    trainer.load(before)
    const batches = Array.from({ length: steps }, () => ports.batches.next())
    const startedMs = clock.now()
    const rate = learningRateAt(setup.learningRate, setup.schedule, Math.min(round, rounds - 1))
    clock.settle(trainer.step(batches, rate), setup.computeMs * steps, (result) => {
      if (finished) return
      busy = false
      loss = result.loss
      trainMs = clock.now() - startedMs
      age += steps
      then(before, result.parameters)
    })
  }

  const own = (): Update => ({ round, sender: self, vector: x, age })
  const sendTo = (to: PeerIndex): void => {
    const update = own()
    ports.trained?.(update, update.vector)
    conduct.send(update, [to], transport, x)
  }
  const someone = (): PeerIndex | undefined => {
    const list = neighbours()
    return list.length === 0 ? undefined : list[integer(random, list.length)]
  }

  /** Sets the peer's own model to (1 - weight) x + weight v. */
  const mix = (update: Update, weight: number): void => {
    const before = x
    const next = new Float32Array(x.length)
    for (let k = 0; k < next.length; k++) {
      next[k] = (before[k] as number) + weight * ((update.vector[k] as number) - (before[k] as number))
    }
    x = next
    shares.count([self, update.sender], [1 - weight, weight])
    last = { members: [self, update.sender], vectors: [before, update.vector], influence: [1 - weight, weight] }
  }

  /** Merges a model that arrived, then makes local steps, then takes the models that arrived meanwhile. */
  const take = (update: Update): void => {
    if (pace.name !== 'gossip-learning') return
    if (pace.merge === 'rule') return aggregate(update)
    const theirs = update.age ?? 0
    mix(update, pace.merge === 'average' || age + theirs === 0 ? 0.5 : theirs / (age + theirs))
    age = Math.max(age, theirs)
    train(arrive)
  }

  const arrive = (_: Float32Array, after: Float32Array): void => {
    x = after
    const [next] = waiting.values()
    if (!next) return
    waiting.delete(next.sender)
    take(next)
  }

  const aggregate = (update: Update): void => {
    newest.set(update.sender, update)
    const { members: all, weights: full } = setup.neighbourhoodAt?.(round) ?? setup
    const updates = [own(), ...[...newest.values()].filter(({ sender }) => all.includes(sender))].sort(
      (a, b) => a.sender - b.sender,
    )
    if (updates.length < setup.minimum) return train(arrive)
    const members = updates.map(({ sender }) => sender)
    const missing = all.filter((member) => !members.includes(member))
    const { weights } = withMissing({ peer: self, members: all, weights: full }, missing)
    const vectors = updates.map(({ vector }) => vector)
    const request = {
      vectors,
      own: members.indexOf(self),
      weights,
      members,
      round,
      rounds,
      draw: { seed: setup.seed, peer: self, round },
      ...(ruleState === undefined ? {} : { state: ruleState }),
    }
    busy = true
    const work = setup.needsLosses
      ? trainer.losses(vectors, ports.batches.next()).then((losses) => aggregator.aggregate({ ...request, losses }))
      : aggregator.aggregate(request)
    clock.settle(work, 0, ({ output, influence, state }) => {
      if (finished) return
      if (state !== undefined) ruleState = state
      x = output
      age = Math.max(age, ...updates.map((each) => each.age ?? 0))
      shares.count(members, influence)
      last = { members, vectors, influence }
      train(arrive)
    })
  }

  /** ad-psgd: local steps at a snapshot, then averaging with one neighbour, again and again. */
  const iterate = (): void => {
    train((before, after) => {
      // Adds the steps to x, which may have changed meanwhile.
      const next = new Float32Array(x.length)
      for (let k = 0; k < next.length; k++) {
        next[k] = (x[k] as number) + ((after[k] as number) - (before[k] as number))
      }
      x = next
      const partner = someone()
      if (partner !== undefined) {
        offered.set(partner, x)
        sendTo(partner)
      }
      if (setup.computeMs > 0) iterate()
    })
  }

  const receive = (update: Update): void => {
    if (finished) return
    if (!asynchronous) {
      if (busy) waiting.set(update.sender, update)
      else take(update)
      return
    }
    const sent = offered.get(update.sender)
    if (sent === undefined) {
      // Not an answer but an offer: sends the present model back before averaging.
      sendTo(update.sender)
      mix(update, 0.5)
      return
    }
    offered.delete(update.sender)
    const before = x
    const next = new Float32Array(x.length)
    for (let k = 0; k < next.length; k++) {
      next[k] = (before[k] as number) + 0.5 * ((update.vector[k] as number) - (sent[k] as number))
    }
    x = next
    shares.count([self, update.sender], [0.5, 0.5])
    last = { members: [self, update.sender], vectors: [before, update.vector], influence: [0.5, 0.5] }
  }

  const exchange = (): void => {
    if (pace.name !== 'gossip-learning') return
    const partner = someone()
    if (partner === undefined) return
    if (pace.mode !== 'pull') sendTo(partner)
    if (pace.mode !== 'push') transport.ask?.(partner, round)
  }

  const beginPeriod = (): void => {
    shares.begin()
    last = { members: [self], vectors: [x], influence: [1] }
    exchange()
    if (asynchronous && setup.computeMs === 0) iterate()
    clock.schedule(pace.periodMs, endPeriod)
  }

  const endPeriod = (): void => {
    const { bytesSent, bytesReceived } = transport.traffic()
    const { members, influence, accepted } = shares.soFar()
    recorder.record({
      type: 'round-closed',
      ...at(),
      closing: 'complete',
      loss,
      trainMs,
      waitMs: 0,
      aggregateMs: 0,
      bytesSent,
      bytesReceived,
      accepted,
      missing: [],
      influence: influencePairs(members, influence),
    })
    if (!due()) return next()
    const model = x
    ports.observe?.({ peer: self, round, ...last, output: model, model })
    const startedMs = clock.now()
    clock.settle(Promise.all([trainer.evaluate(model), vectorDigest(model, digest)]), 0, ([measured, sha256]) => {
      recorder.record({
        type: 'evaluated',
        ...at(),
        loss: measured.loss,
        accuracy: measured.accuracy,
        ...(measured.probed === undefined ? {} : { probed: measured.probed }),
        evaluateMs: clock.now() - startedMs,
        digest: sha256,
      })
      next()
    })
  }

  const next = (): void => {
    round += 1
    if (round < rounds) return beginPeriod()
    finished = true
    round = rounds - 1
    recorder.record({ type: 'stopped', ...at(), reason: 'finished' })
  }

  transport.listen({
    update(update) {
      if (!rules.neighbours.includes(update.sender) || !isFiniteVector(update.vector)) return
      conduct.arrived(update, () => receive(conduct.received(update)))
    },
    rejected: (from, reason) => recorder.record({ type: 'update-rejected', ...at(), from, reason }),
    alive() {},
    colluded: (update) => conduct.colluded(update),
    asked(from) {
      if (!finished) sendTo(from)
    },
  })

  return {
    start() {
      clock.schedule(random() * pace.periodMs, () => {
        if (asynchronous && setup.computeMs > 0) iterate()
        else if (!asynchronous) train(arrive)
        beginPeriod()
      })
    },
  }
}
