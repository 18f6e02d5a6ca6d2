import { z } from 'zod'
import type { Dataset, LabelledImages } from '#learning/datasets/dataset.ts'
import { decodeCanonical, encodeCanonical } from './decoded.ts'

/**
 * What a peer without files of its own is sent of a data set, over HTTP from its host: CBOR maps under the peer's own
 * address, `train` and `test`; the latter names the pieces of the test set, which are the same for all. Indices travel
 * as little-endian u32 in byte strings.
 */
export interface HeldExamples extends Pick<Dataset, 'name' | 'classes' | 'normalisation'> {
  readonly shape: LabelledImages['shape']
  /** Examples of the whole training set, which `indices` count in. */
  readonly count: number
  /** Shards that are sent whole: the peer's own, and those of its other colluders. */
  readonly shards: readonly { readonly peer: number; readonly indices: Uint32Array }[]
  /** Single examples beside them. */
  readonly extra: Uint32Array
  /** Labels and images of the shards in their order, then of the extra examples. */
  readonly labels: Uint8Array
  readonly images: Uint8Array
}

/** A piece of the test set. */
export type TestExamples = Pick<LabelledImages, 'labels' | 'images'>

/** Largest message, bytes: a guard against a wrong address, not against the host, whose page code runs here anyway. */
export const examplesLimit = 2 ** 31 - 1

const side = z.int().min(1).max(0xffff)
const bytes = z.instanceof(Uint8Array)
const held = z.strictObject({
  name: z.string().max(256),
  classes: z.int().min(2).max(256),
  shape: z.tuple([side, side, side]),
  normalisation: z.strictObject({ mean: z.number(), deviation: z.number().positive() }),
  count: z.int().min(1).max(0x7fff_ffff),
  shards: z.array(z.strictObject({ peer: z.int().min(0).max(0xffff), indices: bytes })),
  extra: bytes,
  labels: bytes,
  images: bytes,
})
const piece = z.strictObject({ labels: bytes, images: bytes })
const pieces = z.strictObject({
  pieces: z
    .array(z.string().regex(/^[0-9a-f]{64}$/))
    .min(1)
    .max(0xffff),
})

export function encodeHeldExamples(examples: HeldExamples): Uint8Array {
  return encodeCanonical({
    ...examples,
    shards: examples.shards.map(({ peer, indices }) => ({ peer, indices: bytesOf(indices) })),
    extra: bytesOf(examples.extra),
  })
}

/** Throws RangeError where the bytes are no such message, or what it says does not add up. */
export function decodeHeldExamples(message: Uint8Array): HeldExamples {
  const value = parsed(held, message)
  const shards = value.shards.map(({ peer, indices }) => ({ peer, indices: indicesOf(indices, value.count) }))
  const extra = indicesOf(value.extra, value.count)
  const sent = shards.reduce((sum, { indices }) => sum + indices.length, extra.length)
  requireImages(value, sent, value.shape)
  if (value.labels.some((label) => label >= value.classes)) throw new RangeError('a label is none of the classes')
  return { ...value, shards, extra }
}

/** Names of the pieces of the test set in their order: the SHA-256 of each, hex. */
export function encodeTestPieces(names: readonly string[]): Uint8Array {
  return encodeCanonical({ pieces: names })
}

/** Throws RangeError where the bytes are no such message. */
export function decodeTestPieces(message: Uint8Array): readonly string[] {
  return parsed(pieces, message).pieces
}

export function encodeTestExamples({ labels, images }: TestExamples): Uint8Array {
  return encodeCanonical({ labels, images })
}

/** Throws RangeError as `decodeHeldExamples` does; `shape` and `classes` are those of the training examples. */
export function decodeTestExamples(
  message: Uint8Array,
  { shape, classes }: Pick<HeldExamples, 'shape' | 'classes'>,
): LabelledImages {
  const { labels, images } = parsed(piece, message)
  requireImages({ labels, images }, labels.length, shape)
  if (labels.some((label) => label >= classes)) throw new RangeError('a label is none of the classes')
  return { count: labels.length, shape, labels, images }
}

function parsed<T>(schema: z.ZodType<T>, message: Uint8Array): T {
  const decoded = decodeCanonical(message, examplesLimit)
  const result = decoded.ok ? schema.safeParse(decoded.value) : undefined
  if (!result?.success) throw new RangeError('the host sent something that is no part of a data set')
  return result.data
}

function requireImages({ labels, images }: TestExamples, count: number, [h, w, c]: LabelledImages['shape']): void {
  if (labels.length !== count || images.length !== count * h * w * c) {
    throw new RangeError(`the host sent ${labels.length} labels and ${images.length} bytes of images for ${count}`)
  }
}

function bytesOf(indices: Uint32Array): Uint8Array {
  const result = new Uint8Array(4 * indices.length)
  const view = new DataView(result.buffer)
  indices.forEach((index, i) => {
    view.setUint32(4 * i, index, true)
  })
  return result
}

function indicesOf(packed: Uint8Array, count: number): Uint32Array {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  const indices = Uint32Array.from({ length: Math.floor(packed.length / 4) }, (_, i) => view.getUint32(4 * i, true))
  if (packed.length % 4 !== 0 || indices.some((index) => index >= count)) {
    throw new RangeError('the host sent indices that are none of the training set')
  }
  return indices
}
