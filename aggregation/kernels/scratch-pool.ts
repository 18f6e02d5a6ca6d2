import { createPartOf, type SharedMemory } from './memory.ts'

/** Limit of the pool in bytes; vectors beyond it are ordinary arrays. */
const maxBytes = 2 ** 26

/** Temporary vectors of one run, in memory that the next run reuses, so that the system need not provide new pages. */
export interface ScratchPool {
  /** Runs a function, then releases the vectors that it got here. */
  during<T>(run: () => T): T
  /** Uninitialised vectors of one length. Outside a run, or without shared memory, they are ordinary arrays. */
  vectors(count: number, length: number): Float32Array[]
}

export function createScratchPool(memory?: SharedMemory): ScratchPool {
  const part = memory && createPartOf(memory)
  let running = false
  let used = 0
  return {
    during(run) {
      if (running) return run()
      running = true
      used = 0
      try {
        return run()
      } finally {
        running = false
      }
    },

    vectors(count, length) {
      const stride = (Math.ceil(length / 16) | 1) * 64
      const bytes = count * stride
      if (!part || !running || used + bytes > maxBytes)
        return Array.from({ length: count }, () => new Float32Array(length))
      const at = part.reserve(used + bytes) + used
      used += bytes
      return Array.from({ length: count }, (_, i) => new Float32Array(part.memory.buffer, at + i * stride, length))
    },
  }
}
