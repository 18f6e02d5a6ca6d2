import type { PeerIndex } from '#topology/graph.ts'
import { type PoisonPorts, poisonData, trainingOf } from '../adversary/poisoning.ts'
import { assemblePeer } from '../assembly/assemble.ts'
import type { Experiment } from '../experiment/schema.ts'
import {
  type Checkpoint,
  type CheckpointPort,
  type Resumable,
  type TrainerMemory,
  withoutCheckpoints,
} from '../peer/checkpoint.ts'
import type { Observation, Peer } from '../peer/peer-ports.ts'
import type { Aggregator, Clock, Recorder, Trainer } from '../peer/ports.ts'
import { attackOf, publicKnowledge } from '../plan/byzantine.ts'
import type { Plan } from '../plan/plan.ts'
import { victimsOf } from '../plan/victims.ts'
import { createTranscript } from '../record/transcript.ts'
import type { Digest } from '../record/vector-digest.ts'
import type { ScriptEntry } from '../replay/script.ts'
import type { Update } from '../round/update.ts'
import { createBarrier } from './barrier.ts'
import { createMemoryNetwork, type MemoryFaults } from './memory-transport.ts'
import { createOmniscience } from './omniscience.ts'
import { shareCrafts } from './shared-crafts.ts'
import { createVirtualClock } from './virtual-clock.ts'

/** Training and aggregation for the peers of a simulation, in workers of the shell with one workspace each. */
export interface TrainerPool {
  /** The trainer of one peer, loaded with the initial parameters. */
  trainer(peer: PeerIndex): Trainer & Resumable<TrainerMemory>
  /** Runs the experiment's rule for one peer. */
  aggregator(peer: PeerIndex): Aggregator
}

export interface SimulationPorts {
  readonly pool: TrainerPool
  /** Indices of the training examples that each peer holds (n lists). */
  readonly shards: readonly Uint32Array[]
  readonly digest: Digest
  readonly recorder: Recorder
  /** Needed for attacks that train. */
  readonly poisoning?: PoisonPorts
  /** Receives every aggregation of evaluated rounds, with exact vectors. */
  readonly observe?: (observation: Observation) => void
  /** Receives the honest vector of every peer, honest or Byzantine, and the model at the start of its local steps. */
  readonly trained?: (update: Update, start: Float32Array) => void
  readonly signal?: AbortSignal
  /**
   * For a replay: the script of each peer. This run uses the same updates in every round; faults and deadlines play no
   * part.
   */
  readonly scripts?: ReadonlyMap<PeerIndex, readonly ScriptEntry[]>
  /** Seeds of batches, for peers that do not use the experiment's. */
  readonly batchSeeds?: ReadonlyMap<PeerIndex, number>
  /** Takes checkpoints, unless the experiment cannot have any (`withoutCheckpoints`). */
  readonly checkpoints?: CheckpointPort
  /** A checkpoint of the same experiment to resume from. */
  readonly resume?: Checkpoint
}

const undisturbed: MemoryFaults = { churn: 0, drop: 0, delayMs: 0 }

export interface SimulationResult {
  /** SHA-256 (hex) over the parameters of all peers at evaluation rounds and at the end. */
  readonly transcriptHash: string
  readonly virtualMs: number
}

/**
 * Runs all peers of an experiment in one process and virtual time. The same experiment gives the same events and the
 * same transcript hash. This holds for any number of workers, and after a resume from a checkpoint. An abort ends the
 * run between two events.
 */
export async function runSimulation(
  experiment: Experiment,
  plan: Plan,
  ports: SimulationPorts,
): Promise<SimulationResult> {
  const { seed, rounds, faults, pace } = experiment
  const { resume, scripts } = ports
  const clock = createVirtualClock()
  const network = createMemoryNetwork(seed, plan.n, scripts ? undisturbed : faults, experiment.exchange === 'gradients')
  if (resume) network.restore(resume.traffic)
  const transcript = createTranscript(resume?.transcript)
  const recorder: Recorder = {
    record(event) {
      transcript.record(event)
      ports.recorder.record(event)
    },
  }
  const configured = attackOf(experiment)
  const attack = configured && shareCrafts(configured)
  const omniscience = attack?.knowledge === 'omniscient' ? createOmniscience(plan) : undefined

  const knowledge = publicKnowledge(experiment, plan, plan.byzantine)
  const { poisoning, shards } = ports
  const training =
    attack && poisoning
      ? trainingOf(experiment, poisonData(experiment, poisoning.labelled, shards, plan.byzantine), poisoning)
      : undefined

  const colluders = new Set(plan.byzantine)
  const due = (round: number): boolean => (round + 1) % rounds.evaluateEvery === 0 && round < rounds.count - 1
  // The barrier exists even without checkpoints, so that the events are the same.
  const barrier =
    !scripts && withoutCheckpoints(experiment) === undefined
      ? createBarrier(plan.n, (round) => clock.now() === 0 && due(round))
      : undefined
  const parts = Array.from({ length: plan.n }, (_, index) => {
    const byzantine = colluders.has(index)
    const clockOfPeer: Clock = clock.of(index)
    const trainer = ports.pool.trainer(index)
    const batchSeed = ports.batchSeeds?.get(index)
    const script = scripts && (scripts.get(index) ?? [])
    const assembled = assemblePeer(
      {
        experiment,
        plan,
        index,
        examples: shards[index] as Uint32Array,
        ...(batchSeed === undefined ? {} : { batchSeed }),
        ...(script ? { script } : {}),
        ...(attack && byzantine
          ? {
              coalition: {
                attack,
                byzantine: plan.byzantine,
                victims: (round) => victimsOf(plan, index, round),
                knowledge,
                absences: 'brief',
                ...(training ? { training } : {}),
                ...(omniscience ? { omniscience } : {}),
              },
            }
          : {}),
      },
      {
        transport: network.transport(index, clockOfPeer),
        clock: clockOfPeer,
        trainer,
        aggregator: ports.pool.aggregator(index),
        digest: ports.digest,
        recorder,
        ...(ports.observe ? { observe: ports.observe } : {}),
        trained(update, start) {
          if (omniscience && !byzantine) omniscience.add(update)
          if (pace.name === 'rounds') ports.trained?.(update, start)
        },
        ...(barrier ? { between: (round, go) => barrier.arrive(index, round, go) } : {}),
      },
    )
    return { ...assembled, trainer }
  })
  const checkpointOf = (round: number): Checkpoint => ({
    round,
    peers: parts.map(({ peer, trainer, batches, conduct }) => ({
      peer: (peer as Peer).snapshot(),
      trainer: trainer.snapshot(),
      batches: batches.drawn(),
      ...(conduct.memory ? { conduct: conduct.memory.snapshot() } : {}),
    })),
    traffic: network.snapshot(),
    transcript: transcript.entries(),
  })
  if (resume) {
    // Restore all peers before the first one goes on.
    for (const [index, memory] of resume.peers.entries()) {
      const { trainer, batches, conduct } = parts[index] as (typeof parts)[number]
      trainer.restore(memory.trainer)
      while (batches.drawn() < memory.batches) batches.next()
      if (memory.conduct) conduct.memory?.restore(memory.conduct)
    }
    for (const [index, { peer }] of resume.peers.entries()) parts[index]?.peer?.resume(peer)
  } else {
    for (const { start } of parts) start()
  }
  await clock.run(
    () => ports.signal?.aborted ?? false,
    barrier &&
      (async () => {
        const round = barrier.complete()
        const complete = round !== undefined && network.underWay() === 0
        if (complete && ports.checkpoints?.wanted(round)) await ports.checkpoints.save(checkpointOf(round))
        return barrier.end()
      }),
  )
  return { transcriptHash: await transcript.hash(ports.digest), virtualMs: clock.now() }
}
