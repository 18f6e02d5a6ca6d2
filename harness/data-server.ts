import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Dataset } from '#learning/dataset.ts'
import { examplesFor } from '#protocol/held-data.ts'
import { encodeHeldExamples, encodeTestExamples } from '#protocol/messages/examples.ts'
import type { Plan } from '#protocol/plan.ts'

/** The data of the peers that have no files: each finds its own shard under an address that only it is told. */
export interface DataServer {
  /** Folder of a peer's data, relative to `data/` of the page, ending in a slash. */
  folderOf(peer: number): string
  /** The gzipped bytes at a path below `data/`; undefined where there is nothing. */
  find(path: string): Promise<Uint8Array> | undefined
}

const packed = promisify(gzip)

/**
 * Serves every peer its own shard, the test set, and the `extra` training examples that all are sent. A liar is sent the shards of its fellows too: what they train
 * poisoned models on. Addresses hold 128 random bits and are told to a peer with its seat, over the encrypted control
 * stream. Shards are packed when they are asked for, the test set once.
 */
export function createDataServer(
  dataset: Dataset,
  shards: readonly Uint32Array[],
  { byzantine }: Pick<Plan, 'byzantine'>,
  extra: readonly number[] = [],
): DataServer {
  const folders = shards.map(() => randomBytes(16).toString('base64url'))
  const seats = new Map(folders.map((folder, peer) => [folder, peer]))
  let test: Promise<Uint8Array> | undefined
  return {
    folderOf: (peer) => `${folders[peer]}/`,
    find(path) {
      const [folder = '', part, ...rest] = path.split('/')
      const peer = seats.get(folder)
      if (peer === undefined || rest.length > 0) return undefined
      if (part === 'test') {
        test ??= packed(encodeTestExamples(dataset.test))
        return test
      }
      if (part !== 'train') return undefined
      const peers = byzantine.includes(peer) ? byzantine : [peer]
      return packed(encodeHeldExamples(examplesFor(dataset, shards, peers, extra)))
    },
  }
}
