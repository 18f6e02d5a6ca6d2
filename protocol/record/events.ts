import type { PeerIndex } from '#topology/graph.ts'
import type { Closing } from '../round/state.ts'
import type { RejectionReason } from '../round/update.ts'
import type { RecordedSources } from './craft-sources.ts'

/** At most 256 coordinates of a vector, base64 of little-endian float32. The seed determines the coordinates. */
export type Sketch = string

interface At {
  readonly peer: PeerIndex
  readonly round: number
  /** Milliseconds since the start of this peer's round 0; virtual time in a simulation. */
  readonly atMs: number
}

/** An event that a peer records. `protocol/record/event-lines.ts` defines the lines of `events.ndjson`. */
export type RunEvent =
  | (At & {
      readonly type: 'round-closed'
      readonly closing: Closing
      /** Mean training loss before the local steps. */
      readonly loss: number
      readonly trainMs: number
      readonly waitMs: number
      readonly aggregateMs: number
      /** Totals since the start. */
      readonly bytesSent: number
      readonly bytesReceived: number
      /** Neighbours with a used update, and those with a missing one. */
      readonly accepted: readonly PeerIndex[]
      readonly missing: readonly PeerIndex[]
      /** Influence of each used update, the peer's own included: [peer, share]. */
      readonly influence: readonly (readonly [PeerIndex, number])[]
      /**
       * Digest of x after the round, hex; only with `exchange: gradients`, where all honest peers must have the same x.
       */
      readonly stateDigest?: string
    })
  | (At & {
      readonly type: 'evaluated'
      readonly loss: number
      readonly accuracy: number
      /** Share of the probe's images that the model takes for the target, if the experiment has a probe. */
      readonly probed?: number
      readonly evaluateMs: number
      /** SHA-256 of the parameters, hex; the transcript consists of these. */
      readonly digest: string
      readonly sketches?: {
        readonly own: Sketch
        readonly output: Sketch
        /** The parameters after the round; with gradients the output is the aggregated gradient. */
        readonly model: Sketch
        readonly received: readonly (readonly [PeerIndex, Sketch])[]
      }
    })
  /** `count`: number of rejected updates, if there were too many for one event each. */
  | (At & {
      readonly type: 'update-rejected'
      readonly from: PeerIndex
      readonly reason: RejectionReason
      readonly count?: number
    })
  | (At & { readonly type: 'starved'; readonly received: number; readonly quorum: number })
  /** `retrains`: whether local steps followed; if not, the model just trained was the update of round `to`. */
  | (At & { readonly type: 'rounds-skipped'; readonly to: number; readonly retrains: boolean })
  | (At & { readonly type: 'neighbour-absent'; readonly neighbour: PeerIndex })
  | (At & { readonly type: 'neighbour-returned'; readonly neighbour: PeerIndex })
  | (At & {
      readonly type: 'attack-crafted'
      readonly z?: number
      /** If z was searched: how far the crafted vector moves the aggregate that the Byzantine peer estimates. */
      readonly gain?: number
      readonly victim?: PeerIndex
      /** Number of the coalition's honest vectors from which it was crafted. */
      readonly colluders: number
    } & RecordedSources)
  /**
   * A Byzantine peer aggregated the update of `from` as it arrived, because its replacement was not there yet. The
   * replacement is a colluder's honest vector, or its own crafted vector if Byzantine peers follow the honest peers.
   */
  | (At & { readonly type: 'attack-overtaken'; readonly from: PeerIndex })
  | (At & { readonly type: 'equivocation-proved'; readonly accused: PeerIndex; readonly evidence: string })
  | (At & { readonly type: 'visibility'; readonly state: 'visible' | 'hidden' })
  | (At & {
      readonly type: 'stopped'
      readonly reason: 'finished' | 'starved' | 'left' | 'failed'
      readonly detail?: string
    })

/** The launcher's facts about a peer, for the first line of `events.ndjson`. */
export interface RosterEntry {
  readonly peer: PeerIndex
  readonly kind: 'simulated' | 'process' | 'tab'
  readonly role: 'honest' | 'byzantine'
  readonly neighbours: readonly PeerIndex[]
  /** libp2p peer id, in a swarm. */
  readonly id?: string
  readonly engine?: string
  readonly examples: number
  /** Number of its examples with each label. */
  readonly labels?: readonly number[]
  /** Seed of its batches, if it is not the experiment's. It is secret from the other peers during a hosted run. */
  readonly batchSeed?: number
}
/**
 * Why a guest got no seat in a hosted run, or lost it before the start:
 *
 * - silent: it did not answer the progress requests;
 * - disconnected, left: its connection ended; it left;
 * - failed-edges: it reported edges that it gave up;
 * - missing-edges: its edges did not come up in time;
 * - not-ready: it was not ready to compute in time;
 * - malformed: it sent a message outside the protocol;
 * - repeat-offender: it had lost its seat too often;
 * - unknown-token, wrong-id: it came without the link's token, or under another peer's id;
 * - seated-already, no-seat: it already had a seat; all seats were taken, or the run had begun.
 */
export type SeatRefusal =
  | 'silent'
  | 'disconnected'
  | 'left'
  | 'failed-edges'
  | 'missing-edges'
  | 'not-ready'
  | 'malformed'
  | 'repeat-offender'
  | 'unknown-token'
  | 'wrong-id'
  | 'seated-already'
  | 'no-seat'
/** Guests turned away before the start: their number for each reason, and the first of those that had a seat. */
export interface TurnedAway {
  readonly counts: Readonly<Partial<Record<SeatRefusal, number>>>
  readonly seats: readonly { readonly peer: PeerIndex; readonly id: string; readonly reason: SeatRefusal }[]
}

export type RosterEvent = {
  readonly type: 'roster'
  readonly peers: readonly RosterEntry[]
  readonly startedAt: string
  /** Only in a hosted run, and only if a guest was turned away. */
  readonly turnedAway?: TurnedAway
}
/** A line of `events.ndjson`: what a peer did, or who sits where. */
export type LoggedEvent = RunEvent | RosterEvent
