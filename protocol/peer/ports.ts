import type { AggregationInput, AggregationOutput } from '#aggregation/rule.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { RunEvent } from '../record/events.ts'
import type { RejectionReason, Update } from '../round/update.ts'

/** What a transport tells its peer. Calls come one at a time, in the order of arrival. */
export interface TransportEvents {
  /** An update that is valid without context: signature, grammar, size, experiment. */
  update(update: Update): void
  /** An update that was not; it never reaches a rule. */
  rejected(from: PeerIndex, reason: RejectionReason): void
  /** Any sign of life: a heartbeat, an update. */
  alive(from: PeerIndex): void
  /** Honest vector of another colluder; only at Byzantine peers. */
  colluded(update: Update): void
  /** A neighbour asks for the present model; only where peers go at their own pace. */
  asked?(from: PeerIndex): void
}

/**
 * Moves updates along the edges of the topology. `send` returns at once and never throws: a failed transfer
 * is a missing update at the other end. The vector is not mutated after the call by either side.
 */
export interface Transport {
  listen(events: TransportEvents): void
  send(to: PeerIndex, update: Update): void
  /** Hands the own honest vector to another colluder, over a channel that honest peers cannot see. */
  collude(to: PeerIndex, update: Update): void
  /** Asks a neighbour for the update of a third peer (gradients: missing vectors are pulled from anyone). */
  pull(from: PeerIndex, round: number, sender: PeerIndex): void
  /** Asks a neighbour for its present model; only where peers go at their own pace. */
  ask?(of: PeerIndex, round: number): void
  /** Payload bytes in and out since the start, protocol overhead of ours included. */
  traffic(): { readonly bytesSent: number; readonly bytesReceived: number }
  close(): Promise<void>
}

/** Time. In a simulation it is virtual: it advances only when no real work is pending. */
export interface Clock {
  /** Milliseconds since the start of the run. */
  now(): number
  /** Calls `action` after a delay; returns what cancels it. */
  schedule(afterMs: number, action: () => void): () => void
  /**
   * Calls `then` with the result of real work, `durationMs` of virtual time later. In a simulation continuations
   * come in the order (time, peer, sequence), whatever the order in which the work ends.
   */
  settle<T>(work: Promise<T>, durationMs: number, then: (result: T) => void): void
}

/** The peer's own model and its data. One call at a time. */
export interface Trainer {
  /** Replaces the parameters, which are kept, not copied: nobody writes to them afterwards. Momentum stays. */
  load(parameters: Float32Array): void
  /** The current parameters (d); nobody writes to them, now or later. */
  read(): Float32Array
  /**
   * One SGD step for each batch, clipped, with weight decay and local momentum; resolves to the mean loss and the new
   * parameters (d).
   */
  step(batches: readonly Uint32Array[], learningRate: number): Promise<{ loss: number; parameters: Float32Array }>
  /** Clipped gradient of one batch at the current parameters, through the local momentum where the run has one. */
  gradient(batch: Uint32Array): Promise<{ gradient: Float32Array; loss: number }>
  /** Loss of each model on one batch of the peer's own data, for rules that ask for it; its own state stays. */
  losses(models: readonly Float32Array[], batch: Uint32Array): Promise<readonly number[]>
  /**
   * Of the current parameters, or of others (d), on the test set; `probed` is the share of the probe's images that are
   * taken for its target, where there is a probe.
   */
  evaluate(model?: Float32Array): Promise<{ loss: number; accuracy: number; probed?: number }>
}

/** Which stream of random numbers an aggregation draws from; plain data, since functions cross no worker's border. */
export interface DrawKey {
  readonly seed: number
  /** -1 where all peers draw alike. */
  readonly peer: PeerIndex
  readonly round: number
}

/** The input of a rule, with the key of its random numbers in place of their stream. */
export interface AggregationRequest extends Omit<AggregationInput, 'random'> {
  readonly draw: DrawKey
}

/**
 * Runs the configured pre-aggregators and rule; synchronous inside, a promise because shells do it in a worker. Nobody
 * writes to what comes out: peers with equal inputs may get the same arrays.
 */
export interface Aggregator {
  aggregate(request: AggregationRequest): Promise<AggregationOutput>
}

/** Takes the run's events; must not throw and must not block. */
export interface Recorder {
  record(event: RunEvent): void
}
