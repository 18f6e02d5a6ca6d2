import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openSharedMemory } from '#aggregation/kernels/memory.ts'
import type { SharedVectors } from '#protocol/compute/compute-client.ts'

/** Approximate bytes of each piece of memory from the system. */
const chunkBytes = 2 ** 24
const page = 2 ** 16
/** Pages for vectors in the kernels' memory of 4 GB; the threads use the rest. */
const vectorPages = 65536 - 8192
/** Minimum bytes handed out between two collections; with more in use, half of that. */
const slackBytes = 3 * 2 ** 27

interface Place {
  readonly buffer: ArrayBufferLike
  readonly offset: number
  readonly length: number
}

/**
 * Vectors in memory that all threads share. They lie in the memory of the aggregation kernels, which read them in
 * place. Beyond its 3.5 GB, or without such memory, they lie in separate buffers. No code frees a vector: peers and the
 * network hold the same vectors, and the garbage collector finds those without a holder. V8 does not count shared
 * memory, so `allocate` starts a collection from time to time.
 */
export function createSharedVectors(): SharedVectors {
  const free = new Map<number, Place[]>()
  let inUse = 0
  /** Minimum bytes in use since the last collection: an estimate of the bytes still held. */
  let held = 0
  let handedOut = 0
  const memory = openSharedMemory()
  const collect = collector()
  // An earlier run of this process may have left hundreds of megabytes that V8 does not count.
  collect()
  const registry = new FinalizationRegistry<Place>((place) => {
    free.get(place.length)?.push(place)
    inUse -= place.length * 4
    held = Math.min(held, inUse)
  })

  function grow(length: number): Place[] {
    // With an odd number of cache lines, equal columns of many vectors do not compete for the same cache set.
    const stride = (Math.ceil(length / 16) | 1) * 64
    const count = Math.max(1, Math.floor(chunkBytes / Math.max(stride, 64)))
    const { buffer, start } = chunk(count * stride)
    return Array.from({ length: count }, (_, i) => ({ buffer, offset: start + i * stride, length })).reverse()
  }

  function chunk(bytes: number): { readonly buffer: ArrayBufferLike; readonly start: number } {
    const more = Math.ceil(bytes / page)
    if (!memory || memory.buffer.byteLength / page + more > vectorPages)
      return { buffer: new SharedArrayBuffer(bytes), start: 0 }
    const start = memory.grow(more) * page
    return { buffer: memory.buffer, start }
  }

  return {
    ...(memory ? { memory } : {}),
    allocate(length) {
      if (handedOut >= Math.max(slackBytes, held / 2)) {
        handedOut = 0
        held = inUse
        collect()
      }
      let places = free.get(length)
      if (!places || places.length === 0) {
        places = grow(length)
        free.set(length, places)
      }
      const place = places.pop() as Place
      const vector = new Float32Array(place.buffer, place.offset, length)
      registry.register(vector, place)
      inUse += length * 4
      handedOut += length * 4
      return vector
    },
  }
}

/** The garbage collector as a function, which V8 exposes with a flag. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  // After a collection, V8 lets so small a heap grow by less than its nursery before the next one, so it would collect
  // all the time. With this flag the heap may grow to four times the size after a collection.
  setFlagsFromString('--heap-growing-percent=300')
  const collect: unknown = runInNewContext('typeof gc === "function" ? gc : undefined')
  return typeof collect === 'function' ? () => void collect() : () => {}
}
