import * as z from 'zod'
import type { RunEvent } from '../record/events.ts'
import { rejectionReasons } from '../round/update.ts'
import { type Decoded, decodeCanonical, encodeCanonical, malformed } from './decoded.ts'

/** The stream for a peer's reports to the coordinator; its loss never stops a peer. */
export const eventsProtocol = '/hearsay/events/1.0.0'
export const eventBatchLimit = 256 * 1024
export const eventsInBatch = 64

const index = z.int().min(0).max(0xffff)
const indices = z.array(index).max(0xffff)
const round = z.int().min(0)
/** A measured number; the loss of a diverging model is NaN or infinity. */
const measured = z.custom<number>((value) => typeof value === 'number')
const digest = z.string().regex(/^[0-9a-f]{64}$/)
const sketch = z.string().max(4096)
const line = z.string().max(1024)

/** Checks the known fields, because reports use them; ignores fields that a newer version adds. */
function event<N extends RunEvent['type'], S extends z.ZodRawShape>(type: N, shape: S) {
  return z.looseObject({ type: z.literal(type), peer: index, round, atMs: measured, ...shape })
}

const runEvent = z.discriminatedUnion('type', [
  event('round-closed', {
    closing: z.enum(['complete', 'grace', 'deadline']),
    loss: measured,
    trainMs: measured,
    waitMs: measured,
    aggregateMs: measured,
    bytesSent: measured,
    bytesReceived: measured,
    accepted: indices,
    missing: indices,
    influence: z.array(z.tuple([index, measured])).max(0xffff),
    stateDigest: z.exactOptional(digest),
  }),
  event('evaluated', {
    loss: measured,
    accuracy: measured,
    probed: z.exactOptional(measured),
    evaluateMs: measured,
    digest: z.string().max(64),
    sketches: z.exactOptional(
      z.object({ own: sketch, output: sketch, model: sketch, received: z.array(z.tuple([index, sketch])).max(0xffff) }),
    ),
  }),
  event('update-rejected', {
    from: index,
    reason: z.enum(rejectionReasons),
    count: z.exactOptional(z.int().min(1)),
  }),
  event('starved', { received: z.int(), quorum: z.int() }),
  event('rounds-skipped', { to: round, retrains: z.boolean() }),
  event('neighbour-absent', { neighbour: index }),
  event('neighbour-returned', { neighbour: index }),
  event('attack-crafted', {
    z: z.exactOptional(measured),
    gain: z.exactOptional(measured),
    victim: z.exactOptional(index),
    colluders: z.int(),
    present: z.exactOptional(indices),
    heard: z.exactOptional(z.strictObject({ round: z.int().min(-1), peers: indices })),
  }),
  event('attack-overtaken', { from: index }),
  event('equivocation-proved', { accused: index, evidence: line }),
  event('visibility', { state: z.enum(['visible', 'hidden']) }),
  event('stopped', { reason: z.enum(['finished', 'starved', 'left', 'failed']), detail: z.exactOptional(line) }),
])

const batch = z.array(runEvent).max(eventsInBatch)

/** CBOR array of at most 64 events, each a map as in `events.ts`. */
export function encodeEventBatch(events: readonly RunEvent[]): Uint8Array {
  return encodeCanonical(events)
}

export function decodeEventBatch(bytes: Uint8Array): Decoded<readonly RunEvent[]> {
  const decoded = decodeCanonical(bytes, eventBatchLimit)
  if (!decoded.ok) return decoded
  const parsed = batch.safeParse(decoded.value)
  return parsed.success ? { ok: true, value: parsed.data } : malformed
}
