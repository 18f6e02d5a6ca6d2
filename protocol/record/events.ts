import type { PeerIndex } from '#topology/graph.ts'
import type { Closing } from '../round/state.ts'
import type { RejectionReason } from '../round/update.ts'
import type { RecordedSources } from './craft-sources.ts'

/** A few hundred coordinates of a vector, base64 of little-endian float32; the coordinates are drawn from the seed. */
export type Sketch = string

interface At {
  readonly peer: PeerIndex
  readonly round: number
  /** Milliseconds since round 0 of this peer, virtual in a simulation. */
  readonly atMs: number
}

/**
 * What peers record, told apart by `type`; how a line of `events.ndjson` holds it: `protocol/record/event-lines.ts`.
 */
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
      /** Neighbours whose update was used, and those whose was missing. */
      readonly accepted: readonly PeerIndex[]
      readonly missing: readonly PeerIndex[]
      /** Influence of each used update in the output, own included: [peer, share]. */
      readonly influence: readonly (readonly [PeerIndex, number])[]
      /** Digest of x after the round, hex; `exchange: gradients` only, where honest peers must agree. */
      readonly stateDigest?: string
    })
  | (At & {
      readonly type: 'evaluated'
      readonly loss: number
      readonly accuracy: number
      /** Share of the probe's images that are taken for its target, where the experiment has a probe. */
      readonly probed?: number
      readonly evaluateMs: number
      /** SHA-256 of the parameters, hex: the transcript. */
      readonly digest: string
      readonly sketches?: {
        readonly own: Sketch
        readonly output: Sketch
        /** The parameters after the round; with gradients the output is the aggregated gradient. */
        readonly model: Sketch
        readonly received: readonly (readonly [PeerIndex, Sketch])[]
      }
    })
  /** `count`: how many, where there were so many that not each has an event of its own. */
  | (At & {
      readonly type: 'update-rejected'
      readonly from: PeerIndex
      readonly reason: RejectionReason
      readonly count?: number
    })
  | (At & { readonly type: 'starved'; readonly received: number; readonly quorum: number })
  /** `retrains`: local steps followed; else those just done stood for the round that the peer jumped to. */
  | (At & { readonly type: 'rounds-skipped'; readonly to: number; readonly retrains: boolean })
  | (At & { readonly type: 'neighbour-absent'; readonly neighbour: PeerIndex })
  | (At & { readonly type: 'neighbour-returned'; readonly neighbour: PeerIndex })
  | (At & {
      readonly type: 'attack-crafted'
      readonly z?: number
      /** Where z was searched: how far the crafted vector moved the aggregate of the attacker's stand-ins. */
      readonly gain?: number
      readonly victim?: PeerIndex
      /** How many colluders' honest vectors it was crafted of. */
      readonly colluders: number
    } & RecordedSources)
  /**
   * A Byzantine peer aggregated what it had of `from` as it was, for what takes its place was not there yet: the honest
   * vector of a other colluder, or its own crafted one where Byzantine peers follow the honest peers.
   */
  | (At & { readonly type: 'attack-overtaken'; readonly from: PeerIndex })
  | (At & { readonly type: 'equivocation-proved'; readonly accused: PeerIndex; readonly evidence: string })
  | (At & { readonly type: 'visibility'; readonly state: 'visible' | 'hidden' })
  | (At & {
      readonly type: 'stopped'
      readonly reason: 'finished' | 'starved' | 'left' | 'failed'
      readonly detail?: string
    })

/** What the launcher knows of each peer; the first line of `events.ndjson`. */
export interface RosterEntry {
  readonly peer: PeerIndex
  readonly kind: 'simulated' | 'process' | 'tab'
  readonly role: 'honest' | 'byzantine'
  readonly neighbours: readonly PeerIndex[]
  /** libp2p peer id, in a swarm. */
  readonly id?: string
  readonly engine?: string
  readonly examples: number
  /** How many of them have each label. */
  readonly labels?: readonly number[]
  /** Seed of its batches, where it is not the experiment's: secret from the other peers while a hosted run goes on. */
  readonly batchSeed?: number
}
/**
 * Why somebody got no seat in a hosted run, or lost it before the start: it never answered while the swarm was wired;
 * its connection ended, or it left; it gave up its edges; edges that others wait for did not come up; it was not ready
 * to compute; what it said is not of the protocol; it had lost its seat too often; it came without the link's token or
 * under another's id; seats were taken, or the run had begun.
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
/** Who was turned away before the start: how many for each reason, and the first who had a seat. */
export interface TurnedAway {
  readonly counts: Readonly<Partial<Record<SeatRefusal, number>>>
  readonly seats: readonly { readonly peer: PeerIndex; readonly id: string; readonly reason: SeatRefusal }[]
}

export type RosterEvent = {
  readonly type: 'roster'
  readonly peers: readonly RosterEntry[]
  readonly startedAt: string
  /** Only of a hosted run, and only where somebody was. */
  readonly turnedAway?: TurnedAway
}
export type LoggedEvent = RunEvent | RosterEvent
