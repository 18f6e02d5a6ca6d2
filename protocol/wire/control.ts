import * as z from 'zod'
import { type Decoded, decodeCanonical, encodeCanonical, malformed } from './decoded.ts'

/**
 * The control stream between a peer and its coordinator. Its messages are length-prefixed CBOR maps, told apart by
 * `type`. The stream stays open for the whole run; its end means that the other side is gone.
 */
export const joinProtocol = '/hearsay/join/1.0.0'

/** Largest message of a peer, bytes. */
export const peerMessageLimit = 64 * 1024
/** Largest message of the coordinator, bytes: a roster of some thousand peers. */
export const coordinatorMessageLimit = 1024 * 1024

const index = z.int().min(0).max(0xffff)
const peerId = z.string().min(8).max(128)
const addresses = z.array(z.string().max(512)).max(32)
const line = z.string().max(1024)
const json = z.record(z.string(), z.unknown())

/** The number of an assignment, from 0; 0 is left out. */
const seating = z.exactOptional(z.int().min(1))

const hello = z.strictObject({
  type: z.literal('hello'),
  /** The launcher's token: it admits the peer, and tells the harness which of its processes or tabs this is. */
  token: z.string().max(256),
  peerId,
  kind: z.enum(['tab', 'process']),
  /** Multiaddrs at which neighbours reach the peer. */
  addresses,
  engine: z.string().max(64),
  userAgent: z.exactOptional(line),
})

const ready = z.strictObject({
  type: z.literal('ready'),
  /** Neighbours with an open link. */
  edges: z.array(index).max(0xffff),
  /** The engine of the peer, its adapter, and why it did not take an earlier engine. */
  engine: z.string().max(256),
  seating,
})

const failedEdges = z.strictObject({
  type: z.literal('failed-edges'),
  edges: z.array(z.strictObject({ peer: index, detail: line })).max(0xffff),
  seating,
})

/** The answer to `how-far`: peers without an open link yet; empty if the peer only has work of its own left. */
const soFar = z.strictObject({ type: z.literal('so-far'), missing: z.array(index).max(0xffff), seating })

const leave = z.strictObject({ type: z.literal('leave'), reason: line })

const rosterSeat = z.strictObject({ index, peerId, addresses })

const assignment = z.strictObject({
  type: z.literal('assignment'),
  index,
  n: z.int().min(1).max(0x10000),
  /** Identity of the experiment, SHA-256, hex. */
  experimentId: z.string().regex(/^[0-9a-f]{64}$/),
  /** The resolved experiment without `attack`. */
  experiment: json,
  roster: z.array(rosterSeat).max(0x10000),
  neighbours: z.array(index).max(0xffff),
  /** Only for a Byzantine peer. */
  byzantine: z.exactOptional(
    z.strictObject({
      attack: json,
      /** The coalition without the peer itself. */
      colluders: z.array(index).max(0xffff),
      /** The honest neighbours, each with the n and m of its neighbourhood. */
      victims: z.array(z.strictObject({ peer: index, n: z.int().min(1), m: z.int().min(0) })).max(0xffff),
    }),
  ),
  /**
   * Address of the peer's data (`examples.ts`), relative to the page's `data/`. Without it the peer reads its files.
   */
  dataUrl: z.exactOptional(z.string().max(2048)),
  /** Seed of the peer's batches. Default: the experiment's seed. */
  batchSeed: z.exactOptional(z.int().min(0)),
  seating,
})

/** A progress request to a peer that is not ready. */
const howFar = z.strictObject({ type: z.literal('how-far') })
/** A peer lost its seat before the start: all peers close their links, and another assignment follows. */
const reseating = z.strictObject({ type: z.literal('reseating'), reason: line })
const start = z.strictObject({ type: z.literal('start') })
const stop = z.strictObject({ type: z.literal('stop'), reason: line })
const refused = z.strictObject({ type: z.literal('refused'), reason: line })

const peerMessage = z.discriminatedUnion('type', [hello, ready, failedEdges, soFar, leave])
const coordinatorMessage = z.discriminatedUnion('type', [assignment, howFar, reseating, start, stop, refused])

/** A message of a peer to the coordinator. */
export type PeerMessage = z.output<typeof peerMessage>
/** A message of the coordinator to a peer. */
export type CoordinatorMessage = z.output<typeof coordinatorMessage>
export type Assignment = z.output<typeof assignment>
export type RosterSeat = z.output<typeof rosterSeat>

/** The number of the assignment that a message answers, to spread into the message. */
export function aboutSeating({ seating }: Pick<Assignment, 'seating'>): Pick<Assignment, 'seating'> {
  return seating === undefined ? {} : { seating }
}

export function encodePeerMessage(message: PeerMessage): Uint8Array {
  return encodeCanonical(message)
}

export function decodePeerMessage(bytes: Uint8Array): Decoded<PeerMessage> {
  return checked(peerMessage, decodeCanonical(bytes, peerMessageLimit))
}

export function encodeCoordinatorMessage(message: CoordinatorMessage): Uint8Array {
  return encodeCanonical(message)
}

export function decodeCoordinatorMessage(bytes: Uint8Array): Decoded<CoordinatorMessage> {
  return checked(coordinatorMessage, decodeCanonical(bytes, coordinatorMessageLimit))
}

function checked<T>(schema: z.ZodType<T>, decoded: Decoded<unknown>): Decoded<T> {
  if (!decoded.ok) return decoded
  const parsed = schema.safeParse(decoded.value)
  return parsed.success ? { ok: true, value: parsed.data } : malformed
}
