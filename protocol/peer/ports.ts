import type { AggregationInput, AggregationOutput } from '#aggregation/rule.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { RunEvent } from '../record/events.ts'
import type { RejectionReason, Update } from '../round/update.ts'

/** Callbacks of a transport to its peer. Calls come one at a time, in the order of arrival. */
export interface TransportEvents {
  /** An update with valid signature, grammar, size and experiment. */
  update(update: Update): void
  /** An invalid update; it never reaches a rule. */
  rejected(from: PeerIndex, reason: RejectionReason): void
  /** Any sign of life: a heartbeat, an update. */
  alive(from: PeerIndex): void
  /** The honest vector of a colluder; only at Byzantine peers. */
  colluded(update: Update): void
  /** A neighbour asks for the present model; only if peers keep their own pace. */
  asked?(from: PeerIndex): void
}

/**
 * Moves updates along the edges of the topology. `send` returns at once and never throws: a failed transfer is a
 * missing update at the other end. After the call neither side mutates the vector.
 */
export interface Transport {
  listen(events: TransportEvents): void
  send(to: PeerIndex, update: Update): void
  /** Sends the peer's own honest vector to a colluder, over a channel that honest peers cannot see. */
  collude(to: PeerIndex, update: Update): void
  /** Asks a neighbour for the update of a third peer (gradients: missing vectors are pulled from anyone). */
  pull(from: PeerIndex, round: number, sender: PeerIndex): void
  /** Asks a neighbour for its present model; only if peers keep their own pace. */
  ask?(of: PeerIndex, round: number): void
  /** Bytes in and out since the start: payloads and our own protocol's overhead. */
  traffic(): { readonly bytesSent: number; readonly bytesReceived: number }
  close(): Promise<void>
}

/** The clock of a peer. In a simulation its time is virtual: it advances only when no real work is pending. */
export interface Clock {
  /** Milliseconds since the start of the run. */
  now(): number
  /** Calls `action` after a delay; returns a function that cancels it. */
  schedule(afterMs: number, action: () => void): () => void
  /**
   * Calls `then` with the result of real work, `durationMs` of virtual time later. A simulation orders these calls by
   * (time, peer, sequence), independent of the order in which the work ends.
   */
  settle<T>(work: Promise<T>, durationMs: number, then: (result: T) => void): void
}

/** The peer's own model and its data. Callers make one call at a time. */
export interface Trainer {
  /** Replaces the parameters (d) and keeps the momentum. Keeps the array without a copy, so it must not change. */
  load(parameters: Float32Array): void
  /** The current parameters (d); never mutated. */
  read(): Float32Array
  /**
   * One SGD step for each batch, clipped, with weight decay and local momentum; resolves to the mean loss and the new
   * parameters (d).
   */
  step(batches: readonly Uint32Array[], learningRate: number): Promise<{ loss: number; parameters: Float32Array }>
  /** Clipped gradient of one batch at the current parameters (d); with local momentum, the momentum after it. */
  gradient(batch: Uint32Array): Promise<{ gradient: Float32Array; loss: number }>
  /** Loss of each model (d) on one batch of the peer's own data, for rules that need it; changes no state. */
  losses(models: readonly Float32Array[], batch: Uint32Array): Promise<readonly number[]>
  /**
   * Evaluates the current parameters, or the given ones (d), on the test set. `probed` is the share of the probe's
   * images that the model takes for the target, if there is a probe.
   */
  evaluate(model?: Float32Array): Promise<{ loss: number; accuracy: number; probed?: number }>
}

/** The key of an aggregation's random stream; plain data, because a worker cannot receive a function. */
export interface DrawKey {
  readonly seed: number
  /** -1 if all peers draw the same numbers. */
  readonly peer: PeerIndex
  readonly round: number
}

/** The input of a rule, with the key of its random stream instead of the stream. */
export interface AggregationRequest extends Omit<AggregationInput, 'random'> {
  readonly draw: DrawKey
}

/**
 * Runs the configured pre-aggregators and rule. Returns a promise because shells run them in a worker. The output must
 * not be mutated: peers with equal inputs may get the same arrays.
 */
export interface Aggregator {
  aggregate(request: AggregationRequest): Promise<AggregationOutput>
}

/** Records the run's events; must not throw or block. */
export interface Recorder {
  record(event: RunEvent): void
}
