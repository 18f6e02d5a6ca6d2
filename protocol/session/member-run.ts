import { initialise } from '#learning/models/initialise.ts'
import { randomStream } from '#learning/random.ts'
import { createBatches } from '#learning/training/batches.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { createCoalitionMember } from '../adversary/coalition.ts'
import { mannerOfLiars } from '../adversary/manner.ts'
import { poisonData, trainingOf } from '../adversary/poisoning.ts'
import { augmentationOf, descentOf, momentumAt, setupOf } from '../assembly/setup.ts'
import type { Experiment } from '../experiment/schema.ts'
import { createEventStream } from '../network/event-stream.ts'
import type { OverlayConnection } from '../network/overlay-node.ts'
import { type Conduct, honestConduct } from '../peer/conduct.ts'
import { createPeer, type Peer, type StopReason } from '../peer/peer.ts'
import { createTrainer } from '../peer/trainer.ts'
import { attackOf, poisoned, publicKnowledge } from '../plan/liars.ts'
import { type Plan, planOf } from '../plan/plan.ts'
import { victimsOf } from '../plan/victims.ts'
import type { RunEvent } from '../record/events.ts'
import { toHex } from '../record/hex.ts'
import { sketchCoordinates } from '../record/sketch.ts'
import type { Assignment } from '../wire/control.ts'
import { type Control, untilDismissed } from './join-control.ts'
import type { Place } from './member-place.ts'
import type { JoinViolation, MemberOptions, MemberShell } from './member-shell.ts'
import type { RealClock } from './real-clock.ts'

const heartbeatMs = 1000

/** What a member runs with, besides its place. */
export interface MemberRun {
  readonly connection: OverlayConnection
  readonly control: Control
  readonly clock: RealClock
  /** Rejects where a timer's work fails. */
  readonly failure: Promise<never>
  violated(violation: JoinViolation): void
  /** Takes what must be undone at the end, last first. */
  defer(cleanup: () => void | Promise<void>): void
}

/** The rounds of a peer that has its place, from the coordinator's start to its last report; resolves with why it stopped. */
export async function runPlace(
  shell: MemberShell,
  { progress, signal }: MemberOptions,
  { connection, control, clock, failure, violated, defer }: MemberRun,
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
  evidence.heard = (accused, bytes) =>
    record({
      type: 'equivocation-proved',
      peer: index,
      round: peer.round(),
      atMs: clock.now(),
      accused,
      evidence: toHex(bytes),
    })
  const { learning } = experiment
  const examples = shards[index]
  if (!examples) throw new RangeError(`there is no shard for peer ${index}`)
  const { probe } = experiment
  const peer: Peer = createPeer(
    {
      ...setupOf(experiment, plan, index, heartbeatMs),
      sketch: sketchCoordinates(model.parameterCount, experiment.seed),
    },
    {
      transport,
      clock,
      trainer: createTrainer({
        workspace: pool,
        initial: initialise(model, randomStream(experiment.seed, 'initialise')),
        descent: descentOf(experiment),
        momentumAt: momentumAt(experiment),
        ...augmentationOf(experiment, assignment.batchSeed ?? experiment.seed, index),
        ...(probe ? { probe: (parameters) => pool.probe(parameters, probe) } : {}),
      }),
      aggregator: {
        aggregate: (input) => pool.aggregate(input, plan.neighbourhoodsAt(input.round)[index]?.members.length),
      },
      digest: shell.digest,
      recorder: { record },
      conduct: conductOf(assignment, experiment, plan, clock, record, (liars) =>
        trainingOf(experiment, poisonData(experiment, { classes: resident.classes, labels }, shards, liars), {
          model,
          descend: pool.poison,
        }),
      ),
      batches: createBatches({
        seed: assignment.batchSeed ?? experiment.seed,
        peer: index,
        examples: trainedOn(assignment, examples),
        batchSize: learning.batchSize,
        order: learning.batches,
      }),
    },
  )
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

/** Honest, or a member of the coalition that the coordinator told of its attack. */
function conductOf(
  { index, n, byzantine }: Assignment,
  experiment: Experiment,
  plan: Plan,
  clock: RealClock,
  record: (event: RunEvent) => void,
  trainingOfLiars: (liars: readonly PeerIndex[]) => ReturnType<typeof trainingOf>,
): Conduct {
  if (!byzantine) return honestConduct
  const attack = attackOf({ attack: byzantine.attack as Experiment['attack'] })
  if (!attack) return honestConduct
  const liars = ascending([...byzantine.colluders, index])
  return createCoalitionMember({
    self: index,
    fellows: byzantine.colluders,
    // In a graph that changes the liar works out for itself whom a round gives it.
    victims: (round) =>
      plan.period === 1 ? byzantine.victims : victimsOf({ at: plan.at, byzantine: liars }, index, round),
    n,
    m: byzantine.colluders.length + 1,
    attack,
    ...mannerOfLiars(experiment, attack),
    seed: experiment.seed,
    deadlineMs: experiment.rounds.deadlineMs,
    absences: 'lasting',
    clock,
    recorder: { record },
    ...publicKnowledge(experiment, plan, liars),
    training: trainingOfLiars(liars),
  })
}

/** A liar's examples as its attack wants them labelled; an honest peer's as they are. */
function trainedOn({ index, byzantine }: Assignment, examples: Uint32Array): Uint32Array {
  const attack = byzantine && attackOf({ attack: byzantine.attack as Experiment['attack'] })
  if (!attack) return examples
  return poisoned(attack, byzantine.colluders.filter((fellow) => fellow < index).length, examples)
}

function ascending(peers: readonly PeerIndex[]): PeerIndex[] {
  return [...peers].sort((a, b) => a - b)
}
