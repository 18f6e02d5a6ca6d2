import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openSharedMemory } from '#aggregation/kernels/memory.ts'
import type { SharedVectors } from '#protocol/compute/compute-client.ts'

/** Memory is taken from the system in pieces of about this size. */
const chunkBytes = 2 ** 24
const page = 2 ** 16
/** As far as vectors reach in the kernels' memory of 4 GB: the rest is left to the threads. */
const vectorPages = 65536 - 8192
/** Vectors are handed out up to this size, or half of what is in use, before those that nobody holds are collected. */
const slackBytes = 3 * 2 ** 27

interface Place {
  readonly buffer: ArrayBufferLike
  readonly offset: number
  readonly length: number
}

/**
 * Vectors in memory that all threads share: that of the aggregation kernels, which read them where they lie, and beyond
 * its 3.5 GB, or where there is no such memory, buffers beside it. Nobody frees them: peers, Byzantine peers and the network hold the
 * same ones for as long as they like, and the garbage collector says when the last holder is gone. Since it does not see
 * how large shared memory is, it is called now and then.
 */
export function createSharedVectors(): SharedVectors {
  const free = new Map<number, Place[]>()
  let inUse = 0
  /** The least in use since the last collection: what is really held. */
  let held = 0
  let handedOut = 0
  const memory = openSharedMemory()
  const collect = collector()
  // What an earlier run of this process left, which is hundreds of megabytes that V8 does not see.
  collect()
  const registry = new FinalizationRegistry<Place>((place) => {
    free.get(place.length)?.push(place)
    inUse -= place.length * 4
    held = Math.min(held, inUse)
  })

  function grow(length: number): Place[] {
    // An odd number of cache lines: equal columns of many vectors do not compete for the same place in a cache.
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

/** The garbage collector as a function, which V8 has for those who ask. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  // After a collection V8 begins the next one when a heap this small has grown by less than its nursery, which is at
  // once, and again for the rest of the run; the heaps may grow to four times what is left instead.
  setFlagsFromString('--heap-growing-percent=300')
  const collect: unknown = runInNewContext('typeof gc === "function" ? gc : undefined')
  return typeof collect === 'function' ? () => void collect() : () => {}
}
