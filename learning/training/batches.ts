import { permutation, randomStream } from '../random.ts'

export interface BatchOptions {
  readonly seed: number
  readonly peer: number
  /** The peer's shard: indices into the training set, at least one. */
  readonly examples: Uint32Array
  readonly batchSize: number
  /**
   * shuffled: a fresh permutation each pass, full batches only, so that what is left of a pass is skipped; a
   * shard smaller than a batch is one batch. fixed-cycle: the shard in its own order, cut into the same batches
   * in turn, the last one short (the LIE authors' code).
   */
  readonly order: 'shuffled' | 'fixed-cycle'
}

/** An endless supply of mini-batches: fresh lists of indices into the training set. */
export interface Batches {
  /** Batches that one pass over the shard makes: an epoch. */
  readonly perPass: number
  next(): Uint32Array
}

/** Batches of one peer. Each pass draws from its own stream (seed, 'batches', peer, pass). */
export function createBatches({ seed, peer, examples, batchSize, order }: BatchOptions): Batches {
  if (examples.length === 0) throw new RangeError(`peer ${peer} has no examples to make batches of`)
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new RangeError(`a batch needs a size of 1 or more, got ${batchSize}`)
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
