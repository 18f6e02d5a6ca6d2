import { initialise } from '#learning/models/initialise.ts'
import { randomStream } from '#learning/random.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { poisonData, trainingOf } from '../adversary/poisoning.ts'
import { assemblePeer, type CoalitionSeat, trainerOf } from '../assembly/assemble.ts'
import type { Experiment } from '../experiment/schema.ts'
import { createEventStream } from '../network/event-stream.ts'
import type { OverlayConnection } from '../network/overlay-node.ts'
import type { Peer, StopReason } from '../peer/peer-ports.ts'
import { attackOf, publicKnowledge } from '../plan/byzantine.ts'
import { type Plan, planOf } from '../plan/plan.ts'
import { victimsOf } from '../plan/victims.ts'
import type { RunEvent } from '../record/events.ts'
import { toHex } from '../record/hex.ts'
import { sketchCoordinates } from '../record/sketch.ts'
import type { Assignment } from '../wire/control.ts'
import type { Place } from './connect.ts'
import { type Control, untilDismissed } from './join-control.ts'
import type { JoinOptions, JoinShell, JoinViolation } from './join-shell.ts'
import type { RealClock } from './real-clock.ts'

const heartbeatMs = 1000

/** Everything that a peer needs to run its rounds, besides its place. */
export interface JoinedRun {
  readonly connection: OverlayConnection
  readonly control: Control
  readonly clock: RealClock
  /** Rejects if scheduled work fails. */
  readonly failure: Promise<never>
  violated(violation: JoinViolation): void
  /** Adds a cleanup to run at the end; the last added runs first. */
  defer(cleanup: () => void | Promise<void>): void
}

/**
 * Runs the rounds of a peer, from the coordinator's start to its last report. Resolves to the reason why it stopped.
 */
export async function runPlace(
  shell: JoinShell,
  { progress, signal }: JoinOptions,
  { connection, control, clock, failure, violated, defer }: JoinedRun,
  { assignment, experiment, data, model, pool, transport, evidence }: Place,
): Promise<StopReason> {
  const plan = planOf(experiment)
  const events = createEventStream(connection, clock)
  defer(() => events.close())
  const { resident, labels, shards } = data
  const { index } = assignment
  const record = (event: RunEvent): void => {
    events.record(event)
    progress?.event?.(event)
  }
  evidence.proved = (accused, bytes) =>
    record({
      type: 'equivocation-proved',
      peer: index,
      round: peer.round(),
      atMs: clock.now(),
      accused,
      evidence: toHex(bytes),
    })
  const examples = shards[index]
  if (!examples) throw new RangeError(`there is no shard for peer ${index}`)
  const coalition = coalitionOf(assignment, experiment, plan, (byzantine) =>
    trainingOf(experiment, poisonData(experiment, { classes: resident.classes, labels }, shards, byzantine), {
      model,
      descend: pool.poison,
    }),
  )
  const { batchSeed } = assignment
  const initial = initialise(model, randomStream(experiment.seed, 'initialise'))
  const assembled = assemblePeer(
    {
      experiment,
      plan,
      index,
      examples,
      heartbeatMs,
      sketch: sketchCoordinates(model.parameterCount, experiment.seed),
      ...(batchSeed === undefined ? {} : { batchSeed }),
      ...(coalition ? { coalition } : {}),
    },
    {
      transport,
      clock,
      trainer: trainerOf(experiment, index, pool, initial, batchSeed),
      aggregator: {
        aggregate: (input) => pool.aggregate(input, plan.neighbourhoodsAt(input.round)[index]?.members.length),
      },
      digest: shell.digest,
      recorder: { record },
    },
  )
  const peer = assembled.peer as Peer
  signal.addEventListener('abort', () => peer.leave(), { once: true })
  control.begun((type) => violated(type === 'assignment' ? 'late-assignment' : 'out-of-turn'))
  control.onStop((reason) => {
    progress?.stopAsked?.(reason)
    peer.leave()
  })
  if (shell.watchVisibility) {
    const { watchVisibility } = shell
    defer(
      watchVisibility((state) =>
        record({ type: 'visibility', peer: index, round: peer.round(), atMs: clock.now(), state }),
      ),
    )
  }
  progress?.started?.()
  peer.start()
  try {
    const reason = await Promise.race([peer.stopped, failure])
    if (reason === 'finished') {
      await events.flush()
      progress?.finished?.()
      await untilDismissed(control, clock, experiment.rounds.deadlineMs, signal)
    }
    return reason
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    record({
      type: 'stopped',
      peer: index,
      round: peer.round(),
      atMs: clock.now(),
      reason: 'failed',
      detail: detail.slice(0, 512),
    })
    throw error
  } finally {
    await events.flush()
  }
}

/** A Byzantine peer's part in the coalition, from its assignment; undefined for an honest peer. */
function coalitionOf(
  { index, byzantine: told }: Assignment,
  experiment: Experiment,
  plan: Plan,
  trainingOfAll: (byzantine: readonly PeerIndex[]) => NonNullable<CoalitionSeat['training']>,
): CoalitionSeat | undefined {
  const attack = told && attackOf({ attack: told.attack as Experiment['attack'] })
  if (!attack) return undefined
  const byzantine = [...told.colluders, index].sort((a, b) => a - b)
  return {
    attack,
    byzantine,
    // If the graph changes, the peer computes the victims of each round itself.
    victims: (round) => (plan.period === 1 ? told.victims : victimsOf({ at: plan.at, byzantine }, index, round)),
    knowledge: publicKnowledge(experiment, plan, byzantine),
    absences: 'lasting',
    training: trainingOfAll(byzantine),
  }
}
