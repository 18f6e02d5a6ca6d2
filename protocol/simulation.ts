import { createBatches } from '#learning/batches.ts'
import { createCoalitionMember, type Omniscience } from './coalition.ts'
import { honestConduct } from './conduct.ts'
import type { Experiment } from './experiment.ts'
import { createMemoryNetwork } from './memory-transport.ts'
import { createPeer, type Observation, type Peer } from './peer.ts'
import { attackOf, liarsFollow, type Plan, poisoned, publicKnowledge, setupOf, victimsOf } from './plan.ts'
import type { Aggregator, Clock, Digest, PeerIndex, Recorder, Trainer, Update } from './ports.ts'
import { shareCrafts } from './shared-crafts.ts'
import { createTranscript } from './transcript.ts'
import { createVirtualClock } from './virtual-clock.ts'

/** Where the peers of a simulation train and aggregate: workers of the shell, one workspace each. */
export interface TrainerPool {
  /** The trainer of one peer, loaded with the initial parameters. */
  trainer(peer: PeerIndex): Trainer
  /** Runs the experiment's rule for one peer. */
  aggregator(peer: PeerIndex): Aggregator
}

export interface SimulationPorts {
  readonly pool: TrainerPool
  /** Indices of the training examples that each peer holds (n lists). */
  readonly shards: readonly Uint32Array[]
  readonly digest: Digest
  readonly recorder: Recorder
  /** Sees every aggregation of the rounds that are evaluated, with exact vectors. */
  readonly observe?: (observation: Observation) => void
  readonly signal?: AbortSignal
}

export interface SimulationResult {
  /** SHA-256 over all peers' parameters at evaluation rounds and at the end, hex. */
  readonly transcriptHash: string
  readonly virtualMs: number
}

/**
 * Runs all peers of an experiment in one process over memory and virtual time. The same experiment gives the same
 * events and the same transcript hash, whatever the number of workers. An abort ends it between two events.
 */
export async function runSimulation(
  experiment: Experiment,
  plan: Plan,
  ports: SimulationPorts,
): Promise<SimulationResult> {
  const { seed, learning, rounds, faults } = experiment
  const clock = createVirtualClock()
  const network = createMemoryNetwork(seed, plan.n, faults)
  const transcript = createTranscript()
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

  const peers: Peer[] = []
  for (let index = 0; index < plan.n; index++) {
    const peerClock: Clock = clock.of(index)
    const byzantine = plan.byzantine.includes(index)
    const examples = ports.shards[index] as Uint32Array
    const conduct =
      attack && byzantine
        ? createCoalitionMember({
            self: index,
            fellows: plan.byzantine.filter((peer) => peer !== index),
            victims: (round) => victimsOf(plan, index, round),
            n: plan.n,
            m: plan.byzantine.length,
            attack,
            followsHonest: liarsFollow(experiment, attack),
            seed,
            deadlineMs: rounds.deadlineMs,
            clock: peerClock,
            recorder,
            ...knowledge,
            ...(omniscience ? { omniscience } : {}),
          })
        : honestConduct
    peers.push(
      createPeer(setupOf(experiment, plan, index, undefined), {
        transport: network.transport(index, peerClock),
        clock: peerClock,
        trainer: ports.pool.trainer(index),
        aggregator: ports.pool.aggregator(index),
        digest: ports.digest,
        recorder,
        conduct,
        batches: createBatches({
          seed,
          peer: index,
          examples: attack && byzantine ? poisoned(attack, plan.byzantine.indexOf(index), examples) : examples,
          batchSize: learning.batchSize,
          order: learning.batches,
        }),
        ...(ports.observe ? { observe: ports.observe } : {}),
        ...(omniscience && !byzantine ? { trained: omniscience.add } : {}),
      }),
    )
  }
  for (const peer of peers) peer.start()
  await clock.run(() => ports.signal?.aborted ?? false)
  return { transcriptHash: await transcript.hash(ports.digest), virtualMs: clock.now() }
}

/** Collects the honest vectors of each round for omniscient liars. */
function createOmniscience(plan: Plan): Omniscience & { add(update: Update): void } {
  const honest = Array.from({ length: plan.n }, (_, peer) => peer).filter((peer) => !plan.byzantine.includes(peer))
  const rounds = new Map<number, Map<PeerIndex, Float32Array>>()
  const watchers: (() => void)[] = []
  return {
    add({ round, sender, vector }) {
      const vectors = rounds.get(round) ?? new Map<PeerIndex, Float32Array>()
      rounds.set(round, vectors.set(sender, vector))
      for (const old of rounds.keys()) if (old < round - 2) rounds.delete(old)
      for (const changed of watchers) changed()
    },
    honest(round) {
      const vectors = rounds.get(round)
      if (!vectors || vectors.size < honest.length) return undefined
      return honest.map((peer) => vectors.get(peer) as Float32Array)
    },
    watch(changed) {
      watchers.push(changed)
    },
  }
}
