import { type Batches, createBatches } from '#learning/training/batches.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { createCoalitionMember, type Omniscience } from '../adversary/coalition.ts'
import { mannerOfLiars } from '../adversary/manner.ts'
import { type PoisonPorts, poisonData, trainingOf } from '../adversary/poisoning.ts'
import { setupOf } from '../assembly/setup.ts'
import type { Experiment } from '../experiment/schema.ts'
import {
  type Checkpoint,
  type CheckpointPort,
  type Resumable,
  type TrainerMemory,
  withoutCheckpoints,
} from '../peer/checkpoint.ts'
import { type Conduct, honestConduct } from '../peer/conduct.ts'
import { createGossipPeer } from '../peer/gossip-peer.ts'
import { createPeer, type Observation, type Peer } from '../peer/peer.ts'
import type { Aggregator, Clock, Recorder, Trainer } from '../peer/ports.ts'
import { attackOf, poisoned, publicKnowledge } from '../plan/liars.ts'
import type { Plan } from '../plan/plan.ts'
import { victimsOf } from '../plan/victims.ts'
import { createTranscript } from '../record/transcript.ts'
import type { Digest } from '../record/vector-digest.ts'
import { followScript, type ScriptEntry } from '../replay/script.ts'
import type { Update } from '../round/update.ts'
import { createMeeting } from './meeting.ts'
import { createMemoryNetwork, type MemoryFaults } from './memory-transport.ts'
import { shareCrafts } from './shared-crafts.ts'
import { createVirtualClock } from './virtual-clock.ts'

/** Where the peers of a simulation train and aggregate: workers of the shell, one workspace each. */
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
  /** For attacks that train. */
  readonly poisoning?: PoisonPorts
  /** Sees every aggregation of the rounds that are evaluated, with exact vectors. */
  readonly observe?: (observation: Observation) => void
  /** Sees every peer's own honest vector, liars' included, and the model that its local steps started from. */
  readonly trained?: (update: Update, start: Float32Array) => void
  readonly signal?: AbortSignal
  /**
   * Delivery sets of a run that is over, by peer: this run uses in every round the updates that were used then, and
   * nothing is lost, late or waited for.
   */
  readonly scripts?: ReadonlyMap<PeerIndex, readonly ScriptEntry[]>
  /** Seeds of peers' batches, where they are not the experiment's. */
  readonly batchSeeds?: ReadonlyMap<PeerIndex, number>
  /** Takes checkpoints of experiments that can have some (`withoutCheckpoints`). */
  readonly checkpoints?: CheckpointPort
  /** Where to go on, instead of at the start: a checkpoint of the same experiment. */
  readonly resume?: Checkpoint
}

const undisturbed: MemoryFaults = { churn: 0, drop: 0, delayMs: 0 }

export interface SimulationResult {
  /** SHA-256 over all peers' parameters at evaluation rounds and at the end, hex. */
  readonly transcriptHash: string
  readonly virtualMs: number
}

/**
 * Runs all peers of an experiment in one process over memory and virtual time. The same experiment gives the same
 * events and the same transcript hash, whatever the number of workers, and whether it was interrupted and went on from
 * a checkpoint. An abort ends it between two events.
 */
export async function runSimulation(
  experiment: Experiment,
  plan: Plan,
  ports: SimulationPorts,
): Promise<SimulationResult> {
  const { seed, learning, rounds, faults, pace } = experiment
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

  const liars = new Set(plan.byzantine)
  const peers: Peer[] = []
  /** Those who go at their own pace. */
  const wanderers: { start(): void }[] = []
  const parts: {
    readonly trainer: Resumable<TrainerMemory>
    readonly batches: CountedBatches
    readonly conduct: Conduct
  }[] = []
  const due = (round: number): boolean => (round + 1) % rounds.evaluateEvery === 0 && round < rounds.count - 1
  // Whether anybody takes checkpoints or not, so that the events are the same.
  const meeting =
    !scripts && withoutCheckpoints(experiment) === undefined
      ? createMeeting(plan.n, (round) => clock.now() === 0 && due(round))
      : undefined
  for (let index = 0; index < plan.n; index++) {
    const peerClock: Clock = clock.of(index)
    const byzantine = liars.has(index)
    const examples = shards[index] as Uint32Array
    const conduct =
      attack && byzantine
        ? createCoalitionMember({
            self: index,
            fellows: plan.byzantine.filter((peer) => peer !== index),
            victims: (round) => victimsOf(plan, index, round),
            n: plan.n,
            m: plan.byzantine.length,
            attack,
            ...mannerOfLiars(experiment, attack),
            seed,
            // Fellows that go at their own pace are in the same period within one.
            deadlineMs: pace.name === 'rounds' ? rounds.deadlineMs : 4 * pace.periodMs,
            absences: 'brief',
            clock: peerClock,
            recorder,
            ...knowledge,
            ...(training ? { training } : {}),
            ...(omniscience ? { omniscience } : {}),
            ...(scripts ? { script: scripts.get(index) ?? [] } : {}),
          })
        : honestConduct
    const trainer = ports.pool.trainer(index)
    const batches = counted(
      createBatches({
        seed: ports.batchSeeds?.get(index) ?? seed,
        peer: index,
        examples: attack && byzantine ? poisoned(attack, plan.byzantine.indexOf(index), examples) : examples,
        batchSize: learning.batchSize,
        order: learning.batches,
      }),
    )
    parts.push({ trainer, batches, conduct })
    const setup = setupOf(experiment, plan, index, undefined)
    const common = {
      transport: network.transport(index, peerClock),
      clock: peerClock,
      trainer,
      aggregator: ports.pool.aggregator(index),
      digest: ports.digest,
      recorder,
      conduct,
      batches,
      ...(ports.observe ? { observe: ports.observe } : {}),
      trained(update: Update, start: Float32Array) {
        if (omniscience && !byzantine) omniscience.add(update)
        if (pace.name === 'rounds') ports.trained?.(update, start)
      },
    }
    if (pace.name !== 'rounds') {
      const fewest = plan.neighbourhoods[index]?.rule.minimum ?? 1
      wanderers.push(createGossipPeer({ ...setup, fewest }, pace, common))
      continue
    }
    peers.push(
      createPeer(setup, {
        ...common,
        ...(scripts ? { decide: followScript(scripts.get(index) ?? []) } : {}),
        ...(meeting ? { between: (round, go) => meeting.arrive(index, round, go) } : {}),
      }),
    )
  }
  const checkpointOf = (round: number): Checkpoint => ({
    round,
    peers: parts.map(({ trainer, batches, conduct }, index) => ({
      peer: (peers[index] as Peer).snapshot(),
      trainer: trainer.snapshot(),
      batches: batches.drawn(),
      ...(conduct.memory ? { conduct: conduct.memory.snapshot() } : {}),
    })),
    traffic: network.snapshot(),
    transcript: transcript.entries(),
  })
  if (resume) {
    // All remember before the first goes on.
    for (const [index, memory] of resume.peers.entries()) {
      const { trainer, batches, conduct } = parts[index] as (typeof parts)[number]
      trainer.restore(memory.trainer)
      while (batches.drawn() < memory.batches) batches.next()
      if (memory.conduct) conduct.memory?.restore(memory.conduct)
    }
    for (const [index, { peer }] of resume.peers.entries()) peers[index]?.resume(peer)
  } else {
    for (const peer of [...peers, ...wanderers]) peer.start()
  }
  await clock.run(
    () => ports.signal?.aborted ?? false,
    meeting &&
      (async () => {
        const round = meeting.complete()
        const complete = round !== undefined && network.underWay() === 0
        if (complete && ports.checkpoints?.wanted(round)) await ports.checkpoints.save(checkpointOf(round))
        return meeting.end()
      }),
  )
  return { transcriptHash: await transcript.hash(ports.digest), virtualMs: clock.now() }
}

interface CountedBatches extends Batches {
  /** How often `next` was called. */
  drawn(): number
}

function counted(batches: Batches): CountedBatches {
  let drawn = 0
  return {
    perPass: batches.perPass,
    next() {
      drawn += 1
      return batches.next()
    },
    drawn: () => drawn,
  }
}

/** Collects the honest vectors of each round for omniscient liars. */
function createOmniscience(plan: Plan): Omniscience & { add(update: Update): void } {
  const liars = new Set(plan.byzantine)
  const honest = Array.from({ length: plan.n }, (_, peer) => peer).filter((peer) => !liars.has(peer))
  const rounds = new Map<number, Map<PeerIndex, Float32Array>>()
  /** The vectors of the rounds of which all are there. */
  const complete = new Map<number, readonly Float32Array[]>()
  const watchers: (() => void)[] = []
  return {
    add({ round, sender, vector }) {
      const vectors = rounds.get(round) ?? new Map<PeerIndex, Float32Array>()
      rounds.set(round, vectors.set(sender, vector))
      for (const store of [rounds, complete]) for (const old of store.keys()) if (old < round - 2) store.delete(old)
      if (vectors.size < honest.length) return
      complete.set(
        round,
        honest.map((peer) => vectors.get(peer) as Float32Array),
      )
      for (const changed of watchers) changed()
    },
    honest: (round) => complete.get(round),
    watch(changed) {
      watchers.push(changed)
    },
  }
}
