import { z } from 'zod'
import { type Decoded, decodeCanonical, encodeCanonical, malformed } from './decoded.ts'

/**
 * The messages of `/hearsay/join/1.0.0`, the control stream between a peer and its coordinator: length-prefixed
 * CBOR maps, told apart by `type`. It stays open for the whole run; its end means that the other side is gone.
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

/** Which assignment of a peer is meant, where it had more than one: 0, the first, is left out. */
const seating = z.exactOptional(z.int().min(1))

const hello = z.strictObject({
  type: z.literal('hello'),
  /** What the launcher handed over: admits the peer, and tells the harness which of its children it is. */
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
  /** Neighbours to whom a link is up. */
  edges: z.array(index).max(0xffff),
  /** What computes at the peer, with its adapter and why an earlier choice was not taken. */
  engine: z.string().max(256),
  seating,
})

const failedEdges = z.strictObject({
  type: z.literal('failed-edges'),
  edges: z.array(z.strictObject({ peer: index, detail: line })).max(0xffff),
  seating,
})

/** The answer to `how-far`: peers to whom the edge is not up yet; none where only its own work is missing. */
const soFar = z.strictObject({ type: z.literal('so-far'), missing: z.array(index).max(0xffff), seating })

const leave = z.strictObject({ type: z.literal('leave'), reason: line })

const rosterSeat = z.strictObject({ index, peerId, addresses })

const assignment = z.strictObject({
  type: z.literal('assignment'),
  index,
  n: z.int().min(1).max(0x10000),
  /** Identity of the experiment, SHA-256, hex. */
  experimentId: z.string().regex(/^[0-9a-f]{64}$/),
  /** The resolved experiment without `attack`, for honest peers at least. */
  experiment: json,
  roster: z.array(rosterSeat).max(0x10000),
  neighbours: z.array(index).max(0xffff),
  /** Only for a Byzantine peer. */
  byzantine: z.exactOptional(
    z.strictObject({
      attack: json,
      /** Other colluders, the peer itself not among them. */
      colluders: z.array(index).max(0xffff),
      /** The honest neighbours with the n and m that enter the attack's formula at each. */
      victims: z.array(z.strictObject({ peer: index, n: z.int().min(1), m: z.int().min(0) })).max(0xffff),
    }),
  ),
  /** Where the peer fetches its data (`examples.ts`), relative to the page's `data/`; else it reads its own files. */
  dataUrl: z.exactOptional(z.string().max(2048)),
  /** Seed of the peer's own batches; without it the experiment's seed. */
  batchSeed: z.exactOptional(z.int().min(0)),
  seating,
})

/** Asks a peer that is not ready yet what it lacks; no answer is an answer. */
const howFar = z.strictObject({ type: z.literal('how-far') })
/** A seat is free again before the start: what was wired is given up, and another assignment follows. */
const reseating = z.strictObject({ type: z.literal('reseating'), reason: line })
const start = z.strictObject({ type: z.literal('start') })
const stop = z.strictObject({ type: z.literal('stop'), reason: line })
const refused = z.strictObject({ type: z.literal('refused'), reason: line })

const peerMessage = z.discriminatedUnion('type', [hello, ready, failedEdges, soFar, leave])
const coordinatorMessage = z.discriminatedUnion('type', [assignment, howFar, reseating, start, stop, refused])

/** What a peer says to the coordinator. */
export type PeerMessage = z.output<typeof peerMessage>
/** What the coordinator says to a peer. */
export type CoordinatorMessage = z.output<typeof coordinatorMessage>
export type Assignment = z.output<typeof assignment>
export type RosterSeat = z.output<typeof rosterSeat>

/** The assignment that a message is about, to be spread into it. */
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
