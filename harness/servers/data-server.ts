import { createHash, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Dataset, LabelledImages } from '#learning/datasets/dataset.ts'
import type { Plan } from '#protocol/plan/plan.ts'
import { examplesFor } from '#protocol/session/held-data.ts'
import { encodeHeldExamples, encodeTestExamples, encodeTestPieces } from '#protocol/wire/examples.ts'

/** The gzipped bytes at a path. `lasting`: they never change, so a browser may cache them. */
export interface Served {
  readonly bytes: Promise<Uint8Array>
  readonly lasting: boolean
}

/** Data for peers without files. Each peer fetches its own shard from a secret address. */
export interface DataServer {
  /** Folder of a peer's data, relative to `data/` of the page, with a slash at the end. */
  folderOf(peer: number): string
  /** The bytes at a path below `data/`; undefined if there are none. */
  find(path: string): Served | undefined
}

/** Maximum bytes of images in a piece of the test set: browsers do not cache large responses. */
const pieceBytes = 2 ** 21

const packed = promisify(gzip)

/**
 * Serves every peer its own shard, the test set, and the `extra` training examples that all peers receive. A Byzantine
 * peer also receives the shards of its colluders, to train poisoned models on them. An address has 128 random bits. A
 * peer receives its address with its seat, over the encrypted control stream. Shards are packed on request. The test
 * set is the same for all. It is split into pieces named by their SHA-256 and packed once; a browser with many tabs
 * fetches it once.
 */
export function createDataServer(
  dataset: Dataset,
  shards: readonly Uint32Array[],
  { byzantine }: Pick<Plan, 'byzantine'>,
  extra: readonly number[] = [],
): DataServer {
  const folders = shards.map(() => randomBytes(16).toString('base64url'))
  const seats = new Map(folders.map((folder, peer) => [folder, peer]))
  let test: { readonly names: readonly string[]; readonly pieces: ReadonlyMap<string, LabelledImages> } | undefined
  const sent = new Map<string, Promise<Uint8Array>>()
  return {
    folderOf: (peer) => `${folders[peer]}/`,
    find(path) {
      const [folder = '', part, ...rest] = path.split('/')
      if (part === undefined || rest.length > 0) return undefined
      if (folder === 'test') {
        const piece = test?.pieces.get(part)
        if (!piece) return undefined
        const bytes = sent.get(part) ?? packed(encodeTestExamples(piece))
        sent.set(part, bytes)
        return { bytes, lasting: true }
      }
      const peer = seats.get(folder)
      if (peer === undefined) return undefined
      if (part === 'test') {
        test ??= piecesOf(dataset.test)
        return { bytes: packed(encodeTestPieces(test.names)), lasting: false }
      }
      if (part !== 'train') return undefined
      const peers = byzantine.includes(peer) ? byzantine : [peer]
      return { bytes: packed(encodeHeldExamples(examplesFor(dataset, shards, peers, extra))), lasting: false }
    },
  }
}

/** Splits a test set into pieces. The name of a piece is the SHA-256 of its encoding; `names` holds them in order. */
function piecesOf({ count, shape, labels, images }: LabelledImages) {
  const size = shape[0] * shape[1] * shape[2]
  const most = Math.max(1, Math.floor(pieceBytes / size))
  const names: string[] = []
  const pieces = new Map<string, LabelledImages>()
  for (let start = 0; start < count; start += most) {
    const end = Math.min(count, start + most)
    const piece = {
      count: end - start,
      shape,
      labels: labels.subarray(start, end),
      images: images.subarray(start * size, end * size),
    }
    const name = createHash('sha256').update(encodeTestExamples(piece)).digest('hex')
    names.push(name)
    pieces.set(name, piece)
  }
  return { names, pieces }
}
