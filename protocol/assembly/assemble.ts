import type { ConfiguredAttack, Training, Victim } from '#attacks/attack.ts'
import { type Batches, createBatches } from '#learning/training/batches.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { adversaryOptions } from '../adversary/adversary-options.ts'
import { createCoalitionMember } from '../adversary/coalition.ts'
import type { CoalitionMember, Omniscience } from '../adversary/member.ts'
import type { Compute } from '../compute/compute-client.ts'
import type { Experiment } from '../experiment/schema.ts'
import type { Resumable, TrainerMemory } from '../peer/checkpoint.ts'
import { type Conduct, honestConduct } from '../peer/conduct.ts'
import { createGossipPeer } from '../peer/gossip-peer.ts'
import { createPeer } from '../peer/peer.ts'
import type { Peer, PeerConfig, PeerPorts } from '../peer/peer-ports.ts'
import type { Trainer } from '../peer/ports.ts'
import { createTrainer } from '../peer/trainer.ts'
import { poisoned, type publicKnowledge } from '../plan/byzantine.ts'
import type { Plan } from '../plan/plan.ts'
import { followScript, type ScriptEntry } from '../replay/script.ts'
import { createScriptedMember } from '../replay/scripted-coalition.ts'
import { augmentationOf, descentOf, momentumAt, peerConfigOf } from './peer-config.ts'

/** The seat of a peer in an experiment, with its examples and its part in the coalition. */
export interface Seat {
  readonly experiment: Experiment
  readonly plan: Plan
  readonly index: PeerIndex
  /** Indices of its training examples. */
  readonly examples: Uint32Array
  /** Seed of its batches and augmented views; by default the experiment's. */
  readonly batchSeed?: number
  /** Milliseconds between two heartbeats; a simulation sends none. */
  readonly heartbeatMs?: number
  /** Coordinates of its recorded sketches. */
  readonly sketch?: PeerConfig['sketch']
  /** Its part in the coalition; honest peers have none. */
  readonly coalition?: CoalitionSeat
  /** For a replay: the script of the peer in the recorded run. */
  readonly script?: readonly ScriptEntry[]
}

/** A Byzantine peer's part in its coalition. */
export interface CoalitionSeat {
  readonly attack: ConfiguredAttack
  /** All Byzantine peers, ascending. */
  readonly byzantine: readonly PeerIndex[]
  victims(round: number): readonly Victim[]
  /** Public knowledge. All colluders get the same object, so that `shareCrafts` can share their crafts. */
  readonly knowledge: ReturnType<typeof publicKnowledge>
  readonly absences: CoalitionMember['absences']
  readonly training?: (round: number, start: Float32Array) => Training
  readonly omniscience?: Omniscience
}

/** The ports that a peer's shell must bring. */
export type SeatPorts = Omit<PeerPorts, 'conduct' | 'batches' | 'decide'>

/** A peer, with the parts that a checkpoint holds. */
export interface AssembledPeer {
  /** Undefined for a peer at its own pace, which has no rounds. */
  readonly peer: Peer | undefined
  start(): void
  readonly batches: CountedBatches
  readonly conduct: Conduct
}

/** Assembles one peer, in the same way for a simulation, a process and a tab. Nothing runs before `start`. */
export function assemblePeer(seat: Seat, ports: SeatPorts): AssembledPeer {
  const { experiment, plan, index, script } = seat
  const { learning, pace } = experiment
  const batches = counted(
    createBatches({
      seed: seat.batchSeed ?? experiment.seed,
      peer: index,
      examples: trainedOn(seat),
      batchSize: learning.batchSize,
      order: learning.batchOrder,
    }),
  )
  const conduct = conductOf(seat, ports)
  const setup: PeerConfig = {
    ...peerConfigOf(experiment, plan, index, seat.heartbeatMs),
    ...(seat.sketch ? { sketch: seat.sketch } : {}),
  }
  if (pace.name !== 'rounds') {
    const minimum = plan.neighbourhoods[index]?.rule.minimum ?? 1
    const { start } = createGossipPeer({ ...setup, minimum }, pace, { ...ports, batches, conduct })
    return { peer: undefined, start, batches, conduct }
  }
  const peer = createPeer(setup, { ...ports, batches, conduct, ...(script ? { decide: followScript(script) } : {}) })
  return { peer, start: peer.start, batches, conduct }
}

/** The trainer of one peer, loaded with the initial parameters (d), which are the same for all peers. */
export function trainerOf(
  experiment: Experiment,
  index: PeerIndex,
  compute: Pick<Compute, 'descend' | 'gradient' | 'evaluate' | 'probe'>,
  initial: Float32Array,
  batchSeed = experiment.seed,
): Trainer & Resumable<TrainerMemory> {
  const { probe } = experiment
  return createTrainer({
    workspace: compute,
    initial,
    descent: descentOf(experiment),
    momentumAt: momentumAt(experiment),
    ...augmentationOf(experiment, batchSeed, index),
    ...(probe ? { probe: (parameters) => compute.probe(parameters, probe) } : {}),
  })
}

function conductOf(
  { experiment, plan, index, coalition, script }: Seat,
  { clock, recorder }: Pick<SeatPorts, 'clock' | 'recorder'>,
): Conduct {
  if (!coalition) return honestConduct
  const { attack, byzantine, knowledge, training, omniscience } = coalition
  const { rounds, pace } = experiment
  const member: CoalitionMember = {
    self: index,
    otherColluders: byzantine.filter((peer) => peer !== index),
    victims: coalition.victims,
    n: plan.n,
    m: byzantine.length,
    attack,
    ...adversaryOptions(experiment, attack),
    seed: experiment.seed,
    // At their own pace, colluders are at most one period apart, and a member waits for a quarter of deadlineMs.
    deadlineMs: pace.name === 'rounds' ? rounds.deadlineMs : 4 * pace.periodMs,
    absences: coalition.absences,
    clock,
    recorder,
    ...knowledge,
    ...(training ? { training } : {}),
    ...(omniscience ? { omniscience } : {}),
  }
  return script ? createScriptedMember(member, script) : createCoalitionMember(member)
}

/** The examples of a peer. A Byzantine peer's have the labels that its attack chooses. */
function trainedOn({ index, examples, coalition }: Seat): Uint32Array {
  return coalition ? poisoned(coalition.attack, coalition.byzantine.indexOf(index), examples) : examples
}

interface CountedBatches extends Batches {
  /** Number of calls of `next`. */
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
