import { permutation, randomStream } from '../random.ts'

export interface BatchOptions {
  readonly seed: number
  readonly peer: number
  /** The peer's shard: indices into the training set, at least one. */
  readonly examples: Uint32Array
  readonly batchSize: number
  /**
   * shuffled: a fresh permutation in each pass, full batches only; the rest of a pass is skipped, and a shard smaller
   * than a batch is one batch. fixed-cycle: the shard in its order, cut into the same batches in every pass, the last
   * one short (as in the LIE authors' code).
   */
  readonly order: 'shuffled' | 'fixed-cycle'
}

/** An endless supply of mini-batches: fresh lists of indices into the training set. */
export interface Batches {
  /** Number of batches in one pass over the shard (an epoch). */
  readonly perPass: number
  next(): Uint32Array
}

/**
 * The batches of one peer. Each pass draws from its own random stream (seed, 'batches', peer, pass). Throws RangeError
 * for an empty shard, or a batch size that is not a positive integer.
 */
export function createBatches({ seed, peer, examples, batchSize, order }: BatchOptions): Batches {
  if (examples.length === 0) throw new RangeError(`peer ${peer} has no examples for its batches`)
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new RangeError(`batchSize must be an integer of at least 1, got ${batchSize}`)
  if (order === 'fixed-cycle') return fixedCycle(examples, batchSize)

  const size = Math.min(batchSize, examples.length)
  let pass = 0
  let position = 0
  let shuffled = shuffle()
  function shuffle(): Uint32Array {
    const places = permutation(randomStream(seed, 'batches', peer, pass), examples.length)
    return places.map((place) => examples[place] as number)
  }
  return {
    perPass: Math.floor(examples.length / size),
    next() {
      if (position + size > shuffled.length) {
        pass += 1
        position = 0
        shuffled = shuffle()
      }
      position += size
      return shuffled.slice(position - size, position)
    },
  }
}

function fixedCycle(examples: Uint32Array, batchSize: number): Batches {
  let position = 0
  return {
    perPass: Math.ceil(examples.length / batchSize),
    next() {
      const batch = examples.slice(position, position + batchSize)
      position += batchSize
      if (position >= examples.length) position = 0
      return batch
    },
  }
}
