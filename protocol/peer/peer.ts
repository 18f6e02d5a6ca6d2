import type { RuleState } from '#aggregation/rule.ts'
import { learningRateAt } from '#learning/training/schedules.ts'
import { withMissing } from '#topology/mixing.ts'
import type { RunEvent } from '../record/events.ts'
import { influencePairs } from '../record/influence-pairs.ts'
import { createRejectionLog } from '../record/rejection-log.ts'
import { vectorDigest } from '../record/vector-digest.ts'
import { createRoundState, type RoundEffect, type RoundEvent, type RoundState } from '../round/state.ts'
import { step } from '../round/step.ts'
import type { Update } from '../round/update.ts'
import { aggregateStep } from './aggregate-step.ts'
import { createEvaluation } from './evaluation.ts'
import type { Peer, PeerConfig, PeerPorts, StopReason } from './peer-ports.ts'
import type { AggregationRequest } from './ports.ts'

/**
 * Creates a peer: performs the effects of the round's state machine through the ports. It works the same over libp2p
 * and in memory, in real and in virtual time.
 */
export function createPeer(setup: PeerConfig, ports: PeerPorts): Peer {
  const { rules, exchange, momentum } = setup
  const { self } = rules
  const { transport, clock, trainer, aggregator, digest, recorder, conduct } = ports
  const decide = ports.decide ?? step
  let state: RoundState = createRoundState(rules)
  const queue: RoundEvent[] = []
  let dispatching = false
  const timers = new Set<() => void>()
  let own: Update | undefined
  /** The model at the start of the round's local steps or gradient (d); not mutated. */
  let start = trainer.read()
  let loss = Number.NaN
  let trainStartedMs = 0
  let trainMs = 0
  let ruleState: RuleState | undefined
  let velocity: Float32Array | undefined
  let stateDigest: string | undefined
  let stopReason: StopReason | undefined
  let finished = false
  let resolveStopped: (reason: StopReason) => void = () => {}
  const stopped = new Promise<StopReason>((resolve) => {
    resolveStopped = resolve
  })

  const record = (event: RunEvent): void => recorder.record(event)
  const rejections = createRejectionLog(record)
  const at = (round: number) => ({ peer: self, round, atMs: clock.now() })
  const evaluation = createEvaluation(setup, ports, () => finish())

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
        if (evaluation.due(effect.round)) evaluation.measure().record(effect.round, undefined, () => {})
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
    if (stopReason === undefined || evaluation.underWay() || finished) return
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
    // After a skip the trained model is the update for the neighbours' round.
    if (own.round !== round) own = { ...own, round }
    ports.trained?.(own, start)
    conduct.send(own, (rules.at?.(round) ?? rules).neighbours, transport, start)
  }

  const aggregate = (effect: Extract<RoundEffect, { type: 'aggregate' }>): void => {
    if (!own) return
    if (conduct.defers(effect.round, () => aggregate(effect))) return
    const mine = own
    // Frees the old start: in a simulation of many peers, memory for vectors is scarce.
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
      // With gradients all peers must hold the same x, so they draw the same numbers.
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
      // Starts the evaluation in the workers before `observe` runs.
      const measuring = evaluation.due(effect.round) ? evaluation.measure() : undefined
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
        measuring.record(effect.round, { own: mine.vector, output, updates: effect.updates }, next)
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

  transport.listen({
    update(update) {
      const use = () => dispatch({ type: 'update-received', update, atMs: clock.now() })
      if (rules.neighbours.includes(update.sender)) conduct.arrived(update, use)
      else use()
    },
    rejected: (from, reason) => rejections.add({ type: 'update-rejected', ...at(state.round), from, reason }),
    alive: (peer) => dispatch({ type: 'peer-alive', peer, atMs: clock.now() }),
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
        // A closed round no longer needs its updates.
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
