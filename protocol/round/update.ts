import type { PeerIndex } from '#topology/graph.ts'

/** An update after all checks: decoded, from a known sender. */
export interface Update {
  readonly round: number
  readonly sender: PeerIndex
  /** The payload (d); a receiver may keep it, and must not mutate it. */
  readonly vector: Float32Array
  /** Digest of the sender's x at the start of the round (`exchange: gradients`), hex. */
  readonly stateDigest?: string
  /** Number of local steps behind the model, if peers keep their own pace. */
  readonly age?: number
}

/** Why an update was rejected. Misbehaviour of a remote peer is counted, and never throws. */
export const rejectionReasons = [
  'late',
  'duplicate',
  'wrong-experiment',
  'wrong-shape',
  'not-finite',
  'too-large',
  'bad-signature',
  'commitment-mismatch',
  'not-a-neighbour',
  'rate-limited',
  'withheld',
] as const
export type RejectionReason = (typeof rejectionReasons)[number]
