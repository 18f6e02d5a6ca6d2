import * as z from 'zod'
import type { Dataset, LabelledImages } from '#learning/datasets/dataset.ts'
import { decodeCanonical, encodeCanonical } from './decoded.ts'

/**
 * The training data of a peer without files, from its host over HTTP. The peer's own address has two CBOR maps:
 * `train`, this one, and `test`, the names of the test set's pieces, which are the same for all peers. Indices are
 * little-endian u32 in byte strings.
 */
export interface HeldExamples extends Pick<Dataset, 'name' | 'classes' | 'normalisation'> {
  readonly shape: LabelledImages['shape']
  /** Number of examples in the whole training set, to which the indices refer. */
  readonly count: number
  /** Complete shards: the peer's own, and those of its colluders. */
  readonly shards: readonly { readonly peer: number; readonly indices: Uint32Array }[]
  /** Further single examples. */
  readonly extra: Uint32Array
  /** Labels and images (uint8): of the shards in their order, then of the extra examples. */
  readonly labels: Uint8Array
  readonly images: Uint8Array
}

/** A piece of the test set. */
export type TestExamples = Pick<LabelledImages, 'labels' | 'images'>

/**
 * Maximum size of a message, bytes. It guards against a wrong address; the host is trusted, since its code runs here.
 */
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

/** Throws RangeError for a malformed or inconsistent message. */
export function decodeHeldExamples(message: Uint8Array): HeldExamples {
  const value = parsed(held, message)
  const shards = value.shards.map(({ peer, indices }) => ({ peer, indices: indicesOf(indices, value.count) }))
  const extra = indicesOf(value.extra, value.count)
  const sent = shards.reduce((sum, { indices }) => sum + indices.length, extra.length)
  requireImages(value, sent, value.shape)
  if (value.labels.some((label) => label >= value.classes))
    throw new RangeError('the host sent a label that is not below the number of classes')
  return { ...value, shards, extra }
}

/** Names of the pieces of the test set in their order: the SHA-256 of each, hex. */
export function encodeTestPieces(names: readonly string[]): Uint8Array {
  return encodeCanonical({ pieces: names })
}

/** Throws RangeError for a malformed message. */
export function decodeTestPieces(message: Uint8Array): readonly string[] {
  return parsed(pieces, message).pieces
}

export function encodeTestExamples({ labels, images }: TestExamples): Uint8Array {
  return encodeCanonical({ labels, images })
}

/**
 * `shape` and `classes` are those of the training examples. Throws RangeError for a malformed or inconsistent message.
 */
export function decodeTestExamples(
  message: Uint8Array,
  { shape, classes }: Pick<HeldExamples, 'shape' | 'classes'>,
): LabelledImages {
  const { labels, images } = parsed(piece, message)
  requireImages({ labels, images }, labels.length, shape)
  if (labels.some((label) => label >= classes))
    throw new RangeError('the host sent a label that is not below the number of classes')
  return { count: labels.length, shape, labels, images }
}

function parsed<T>(schema: z.ZodType<T>, message: Uint8Array): T {
  const decoded = decodeCanonical(message, examplesLimit)
  const result = decoded.ok ? schema.safeParse(decoded.value) : undefined
  if (!result?.success) throw new RangeError('the host sent a malformed part of the data set')
  return result.data
}

function requireImages({ labels, images }: TestExamples, count: number, [h, w, c]: LabelledImages['shape']): void {
  if (labels.length !== count || images.length !== count * h * w * c) {
    throw new RangeError(
      `the host sent ${labels.length} labels and ${images.length} bytes of images, expected ${count} and ${count * h * w * c}`,
    )
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
    throw new RangeError(`the host sent malformed indices; the training set has the examples 0 to ${count - 1}`)
  }
  return indices
}
