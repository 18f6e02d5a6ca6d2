import type { RuleState } from '#aggregation/rule.ts'
import type { Batches } from '#learning/training/batches.ts'
import { learningRateAt, type ScheduleConfig } from '#learning/training/schedules.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { withMissing } from '#topology/mixing.ts'
import type { RunEvent } from '../record/events.ts'
import { influencePairs } from '../record/influence-pairs.ts'
import { createRejectionLog } from '../record/rejection-log.ts'
import { encodeSketch } from '../record/sketch.ts'
import type { Digest } from '../record/vector-digest.ts'
import { vectorDigest } from '../record/vector-digest.ts'
import {
  createRoundState,
  type RoundEffect,
  type RoundEvent,
  type RoundRules,
  type RoundState,
} from '../round/state.ts'
import { step } from '../round/step.ts'
import type { Update } from '../round/update.ts'
import { aggregateStep } from './aggregate-step.ts'
import type { PeerMemory } from './checkpoint.ts'
import type { Conduct } from './conduct.ts'
import type { AggregationRequest, Aggregator, Clock, Recorder, Trainer, Transport } from './ports.ts'

export type StopReason = Extract<RoundEffect, { type: 'stop' }>['reason']

/** What one peer needs of the experiment. */
export interface PeerSetup {
  readonly rules: RoundRules
  /** The closed neighbourhood, own index included, ascending; and its mixing weights, which sum to 1. */
  readonly members: readonly PeerIndex[]
  readonly weights: readonly number[]
  /** The same by round, in a graph that changes. */
  readonly neighbourhoodAt?: (round: number) => {
    readonly members: readonly PeerIndex[]
    readonly weights: readonly number[]
  }
  readonly exchange: 'models' | 'gradients' | 'none'
  readonly localSteps: number
  /** Passes over the own shard between two exchanges, instead of `localSteps`. */
  readonly localEpochs?: number
  readonly learningRate: number
  readonly schedule: ScheduleConfig
  /** With gradients: share of the model that is added to the aggregate. */
  readonly weightDecay: number
  readonly momentum: { readonly at: 'local' | 'aggregate'; readonly beta: number; readonly dampening: number }
  readonly evaluateEvery: number
  /** Seed of the run, for rules that draw random numbers. */
  readonly seed: number
  /** The rule asks for the loss of every vector on a batch of the peer's own. */
  readonly needsLosses: boolean
  /** Virtual duration of a local step. */
  readonly computeMs: number
  /** Coordinates of the sketches in `evaluated` events; none are recorded without. */
  readonly sketch?: Uint32Array
}

/** An aggregation as it happened, for exact figures in a simulation. Nothing in it is mutated later. */
export interface Observation {
  readonly peer: PeerIndex
  readonly round: number
  readonly members: readonly PeerIndex[]
  readonly vectors: readonly Float32Array[]
  readonly influence: readonly number[]
  readonly output: Float32Array
  /** The peer's parameters after the round: the output itself with models, x + v with gradients. */
  readonly model: Float32Array
}

export interface PeerPorts {
  readonly transport: Transport
  readonly clock: Clock
  readonly trainer: Trainer
  readonly aggregator: Aggregator
  readonly digest: Digest
  readonly recorder: Recorder
  readonly conduct: Conduct
  readonly batches: Batches
  /** Sees the vectors of the rounds that are evaluated. */
  readonly observe?: (observation: Observation) => void
  /** Sees the peer's own honest vector before anything is sent, and the model that its local steps started from. */
  readonly trained?: (update: Update, start: Float32Array) => void
  /** Decides when rounds begin and end in place of the state machine: a script of a run that is over. */
  readonly decide?: typeof step
  /** Called when the peer has closed a round and would begin the next, which it does when `go` is called. */
  readonly between?: (round: number, go: () => void) => void
}

export interface Peer {
  start(): void
  /** What it remembers between two rounds: only within `between`, before `go`. */
  snapshot(): PeerMemory
  /** Goes on from there instead of starting. */
  resume(memory: PeerMemory): void
  /** Ends the run at this peer; what was recorded stays. */
  leave(): void
  readonly round: () => number
  /** Settles when the last round closed, after five starved rounds, or after `leave`. */
  readonly stopped: Promise<StopReason>
}

/**
 * Interprets the effects of the round over the ports; the only place where the state machine meets the world.
 * Works alike over libp2p and over memory, in real and in virtual time.
 */
export function createPeer(setup: PeerSetup, ports: PeerPorts): Peer {
  const { rules, exchange, momentum } = setup
  const { self } = rules
  const { transport, clock, trainer, aggregator, digest, recorder, conduct } = ports
  const decide = ports.decide ?? step
  let state: RoundState = createRoundState(rules)
  const queue: RoundEvent[] = []
  let dispatching = false
  const timers = new Set<() => void>()
  let own: Update | undefined
  /** The model at which the round's steps or gradient were taken; `read` hands out what nobody writes to. */
  let start = trainer.read()
  let loss = Number.NaN
  let trainStartedMs = 0
  let trainMs = 0
  let ruleState: RuleState | undefined
  let velocity: Float32Array | undefined
  let stateDigest: string | undefined
  let evaluating = 0
  let stopReason: StopReason | undefined
  let finished = false
  let resolveStopped: (reason: StopReason) => void = () => {}
  const stopped = new Promise<StopReason>((resolve) => {
    resolveStopped = resolve
  })

  const record = (event: RunEvent): void => recorder.record(event)
  const rejections = createRejectionLog(record)
  const at = (round: number) => ({ peer: self, round, atMs: clock.now() })

  const dispatch = (event: RoundEvent): void => {
    queue.push(event)
    if (dispatching) return
    dispatching = true
    for (let next = queue.shift(); next; next = queue.shift()) {
      const before = state.round
      const result = decide(state, next)
      state = result.state
      if (state.round !== before) {
        cancelTimers()
        rejections.flush()
      }
      for (const effect of result.effects) perform(effect)
    }
    dispatching = false
  }

  const cancelTimers = (): void => {
    for (const cancel of timers) cancel()
    timers.clear()
  }

  const perform = (effect: RoundEffect): void => {
    switch (effect.type) {
      case 'train':
        return train(effect.round)
      case 'send':
        return send(effect.round)
      case 'set-timer': {
        const { timer, round } = effect
        timers.add(
          clock.schedule(effect.afterMs, () => dispatch({ type: 'timer-fired', timer, round, atMs: clock.now() })),
        )
        return
      }
      case 'aggregate':
        return aggregate(effect)
      case 'pull':
        for (const sender of effect.senders) {
          if (rules.pulls === 'from-sender') transport.pull(sender, effect.round, sender)
          else for (const other of rules.neighbours) if (other !== sender) transport.pull(other, effect.round, sender)
        }
        return
      case 'reject':
        return rejections.add({
          type: 'update-rejected',
          ...at(effect.round),
          from: effect.from,
          reason: effect.reason,
        })
      case 'starve':
        record({ type: 'starved', ...at(effect.round), received: effect.received, quorum: effect.quorum })
        if (due(effect.round)) evaluate(effect.round, measure(), undefined, () => {})
        return
      case 'skip':
        return record({
          type: 'rounds-skipped',
          ...at(effect.from),
          to: effect.to,
          retrains: effect.retrains,
        })
      case 'lose-neighbour':
        return record({ type: 'neighbour-absent', ...at(effect.round), neighbour: effect.neighbour })
      case 'regain-neighbour':
        return record({ type: 'neighbour-returned', ...at(effect.round), neighbour: effect.neighbour })
      case 'stop':
        cancelTimers()
        rejections.flush()
        stopReason = effect.reason
        return finish()
    }
  }

  const finish = (): void => {
    if (stopReason === undefined || evaluating > 0 || finished) return
    finished = true
    record({ type: 'stopped', ...at(state.round), reason: stopReason })
    resolveStopped(stopReason)
  }

  const train = (round: number): void => {
    trainStartedMs = clock.now()
    start = trainer.read()
    const done = (vector: Float32Array, meanLoss: number): void => {
      loss = meanLoss
      trainMs = clock.now() - trainStartedMs
      own = { round, sender: self, vector, ...(stateDigest === undefined ? {} : { stateDigest }) }
      dispatch({ type: 'trained', round, atMs: clock.now() })
    }
    if (exchange === 'gradients') {
      const work = trainer.gradient(ports.batches.next())
      clock.settle(work, setup.computeMs, (result) => done(result.gradient, result.loss))
      return
    }
    const steps = setup.localEpochs === undefined ? setup.localSteps : setup.localEpochs * ports.batches.perPass
    const batches = Array.from({ length: steps }, () => ports.batches.next())
    const work = trainer.step(batches, rateAt(round))
    clock.settle(work, setup.computeMs * steps, (result) => done(trainer.read(), result.loss))
  }

  const send = (round: number): void => {
    if (!own) return
    // After a skip the same half-step stands for the round that the neighbours are in.
    if (own.round !== round) own = { ...own, round }
    ports.trained?.(own, start)
    conduct.send(own, (rules.at?.(round) ?? rules).neighbours, transport, start)
  }

  const aggregate = (effect: Extract<RoundEffect, { type: 'aggregate' }>): void => {
    if (!own) return
    if (conduct.defers(effect.round, () => aggregate(effect))) return
    const mine = own
    // What the round started from has served; in a simulation of many peers every vector counts.
    start = trainer.read()
    own = undefined
    const updates = [mine, ...effect.updates]
      .map((update) => conduct.received(update))
      .sort((a, b) => a.sender - b.sender)
    const members = updates.map(({ sender }) => sender)
    const all = setup.neighbourhoodAt?.(effect.round) ?? setup
    const missing = all.members.filter((member) => !members.includes(member))
    const { weights } = withMissing({ peer: self, members: all.members, weights: all.weights }, missing)
    const startedMs = clock.now()
    const vectors = updates.map(({ vector }) => vector)
    const request: AggregationRequest = {
      vectors,
      own: members.indexOf(self),
      weights,
      members,
      round: effect.round,
      rounds: rules.rounds,
      // Where all peers must hold the same x, they draw the same numbers.
      draw: { seed: setup.seed, peer: exchange === 'gradients' ? -1 : self, round: effect.round },
      ...(ruleState === undefined ? {} : { state: ruleState }),
    }
    const work = setup.needsLosses
      ? trainer.losses(vectors, ports.batches.next()).then((losses) => aggregator.aggregate({ ...request, losses }))
      : aggregator.aggregate(request)
    clock.settle(work, 0, ({ output, influence, state: memory }) => {
      if (finished) return
      if (memory !== undefined) ruleState = memory
      trainer.load(exchange === 'gradients' ? descend(output, effect.round) : output)
      // Workers evaluate while whoever observes looks at the vectors.
      const measuring = due(effect.round) ? measure() : undefined
      if (measuring) {
        ports.observe?.({
          peer: self,
          round: effect.round,
          members,
          vectors: updates.map(({ vector }) => vector),
          influence,
          output,
          model: trainer.read(),
        })
      }
      const aggregateMs = clock.now() - startedMs
      const closed = (x?: string): void => {
        if (x) stateDigest = x
        const { bytesSent, bytesReceived } = transport.traffic()
        record({
          type: 'round-closed',
          ...at(effect.round),
          closing: effect.closing,
          loss,
          trainMs,
          waitMs: effect.waitedMs,
          aggregateMs,
          bytesSent,
          bytesReceived,
          accepted: effect.updates.map(({ sender }) => sender),
          missing: effect.missing,
          influence: influencePairs(members, influence),
          ...(stateDigest === undefined ? {} : { stateDigest }),
        })
        const go = (): void => dispatch({ type: 'aggregated', round: effect.round, atMs: clock.now() })
        const next = (): void => (ports.between ? ports.between(effect.round, go) : go())
        if (!measuring) return next()
        evaluate(effect.round, measuring, { own: mine.vector, output, updates: effect.updates }, next)
      }
      if (exchange !== 'gradients') return closed()
      clock.settle(vectorDigest(trainer.read(), digest), 0, closed)
    })
  }

  const descend = (aggregated: Float32Array, round: number): Float32Array => {
    const { weightDecay } = setup
    const next = aggregateStep(
      { x: trainer.read(), velocity, aggregated },
      { learningRate: rateAt(round), weightDecay, momentum },
    )
    velocity = next.velocity
    return next.x
  }

  const rateAt = (round: number): number => learningRateAt(setup.learningRate, setup.schedule, round)

  const due = (round: number): boolean => (round + 1) % setup.evaluateEvery === 0 || round === rules.rounds - 1

  /** Begins to measure the model. */
  const measure = () => {
    const startedMs = clock.now()
    const work = Promise.all([trainer.evaluate(), vectorDigest(trainer.read(), digest)])
    // A failure surfaces when its turn comes, not as an unhandled rejection before.
    work.catch(() => undefined)
    return { startedMs, work }
  }

  const evaluate = (
    round: number,
    { startedMs, work }: ReturnType<typeof measure>,
    seen: { own: Float32Array; output: Float32Array; updates: readonly Update[] } | undefined,
    then: () => void,
  ): void => {
    evaluating++
    clock.settle(work, 0, ([measured, sha256]) => {
      const { sketch } = setup
      record({
        type: 'evaluated',
        ...at(round),
        loss: measured.loss,
        accuracy: measured.accuracy,
        ...(measured.probed === undefined ? {} : { probed: measured.probed }),
        evaluateMs: clock.now() - startedMs,
        digest: sha256,
        ...(sketch && seen
          ? {
              sketches: {
                own: encodeSketch(seen.own, sketch),
                output: encodeSketch(seen.output, sketch),
                model: encodeSketch(trainer.read(), sketch),
                received: seen.updates.map(({ sender, vector }) => [sender, encodeSketch(vector, sketch)] as const),
              },
            }
          : {}),
      })
      evaluating--
      then()
      finish()
    })
  }

  transport.listen({
    update(update) {
      const use = () => dispatch({ type: 'update-received', update, atMs: clock.now() })
      if (rules.neighbours.includes(update.sender)) conduct.heard(update, use)
      else use()
    },
    rejected: (from, reason) => rejections.add({ type: 'update-rejected', ...at(state.round), from, reason }),
    heard: (peer) => dispatch({ type: 'peer-heard', peer, atMs: clock.now() }),
    colluded: (update) => conduct.colluded(update),
  })

  return {
    start() {
      if (exchange !== 'gradients') return dispatch({ type: 'started', atMs: clock.now() })
      clock.settle(vectorDigest(trainer.read(), digest), 0, (x) => {
        stateDigest = x
        dispatch({ type: 'started', atMs: clock.now() })
      })
    },
    snapshot() {
      const { rules: _, ...round } = state
      return {
        // The updates of a closed round have served.
        round: { ...round, received: new Map() },
        ...(ruleState === undefined ? {} : { ruleState }),
        ...(velocity === undefined ? {} : { velocity }),
        ...(stateDigest === undefined ? {} : { stateDigest }),
      }
    },
    resume(memory) {
      state = { ...memory.round, rules }
      ruleState = memory.ruleState
      velocity = memory.velocity
      stateDigest = memory.stateDigest
      dispatch({ type: 'aggregated', round: state.round, atMs: clock.now() })
    },
    leave: () => dispatch({ type: 'stop-asked', atMs: clock.now() }),
    round: () => state.round,
    stopped,
  }
}
