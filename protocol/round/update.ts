import type { PeerIndex } from '#topology/graph.ts'

/** One update as the round sees it: checked, decoded, its sender known. */
export interface Update {
  readonly round: number
  readonly sender: PeerIndex
  /** The payload (d); whoever receives it may keep it and nobody writes to it. */
  readonly vector: Float32Array
  /** Digest of the sender's x at the start of the round (`exchange: gradients`), hex. */
  readonly stateDigest?: string
  /** Local steps behind the model, where peers go at their own pace. */
  readonly age?: number
}

/** Why an update was not used. Remote misbehaviour is data: it is counted, never thrown. */
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
