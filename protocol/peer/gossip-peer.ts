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
  /** Fewest vectors, own included, with which the rule is defined. */
  readonly fewest: number
}

type GossipPorts = Omit<PeerPorts, 'decide' | 'between'>

/**
 * A peer that waits for nobody. Its rounds are periods of its own clock, which begin at a random moment of the first.
 *
 * `gossip-learning`: Ormandi, Hegedus, Jelasity 2013, https://arxiv.org/abs/1109.1396, Algorithm 1, merge then update:
 * once a period the model goes to one random neighbour (push), is asked of one (pull), or both; a model that arrives is
 * merged into the own one and local steps follow. `age-weighted`: Hegedus, Danner, Jelasity 2019,
 * https://doi.org/10.1007/978-3-030-22496-7_5, Algorithm 2: weights are the ages, local steps behind a model, and the
 * merged model has the greater age. `rule`: the experiment's rule over the own model and the newest of every neighbour
 * that has sent one, once there are as many as it needs.
 *
 * `ad-psgd`: Lian, Zhang, Zhang, Liu 2018, https://arxiv.org/abs/1710.06952, Algorithm 1: local steps are computed at
 * a snapshot, added to the model as it is by then, and the model is averaged half and half with one random neighbour.
 * Choice: averaging is two messages, each side moving half way to what the other sent, which keeps the sum of both.
 *
 * Models that arrive during local steps wait for their end, the newest of each sender; with ad-psgd they are averaged
 * in at once. Choices: each peer begins with local steps of its own. Simulation only.
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
  /** Models that arrived during local steps, the newest of each sender. */
  const waiting = new Map<PeerIndex, Update>()
  /** The newest model of each neighbour, for `merge: rule`. */
  const newest = new Map<PeerIndex, Update>()
  const shares = createModelShares(self)
  let last: {
    readonly members: readonly PeerIndex[]
    readonly vectors: readonly Float32Array[]
    readonly influence: readonly number[]
  }
  /** Models sent for averaging that no answer has come to (ad-psgd). */
  const offered = new Map<PeerIndex, Float32Array>()

  const at = () => ({ peer: self, round, atMs: clock.now() })
  const neighbours = (): readonly PeerIndex[] => rules.at?.(round).neighbours ?? rules.neighbours
  const due = (): boolean => (round + 1) % setup.evaluateEvery === 0 || round === rounds - 1

  /** Local steps from the model as it is; `then` gets the model that they lead to. */
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

  /** The own model becomes (1 - weight) x + weight v. */
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

  /** Takes in a model that arrived, then local steps; what came meanwhile follows. */
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
    if (updates.length < setup.fewest) return train(arrive)
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
      // Others may have averaged into the model meanwhile.
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
      // An offer: answered with the model as it was before it moves.
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
