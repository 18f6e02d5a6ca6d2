import { createPartOf, type SharedMemory } from './memory.ts'

/** As much memory as is kept for vectors that soon pass; more than that is ordinary arrays. */
const maxBytes = 2 ** 26

/** Vectors for the time of a run, in memory that is used again in the next: pages that the system need not hand out anew. */
export interface ScratchPool {
  /** Runs something; afterwards the vectors that it got here are given up. */
  during<T>(run: () => T): T
  /** Vectors of that length, whatever is in them; outside of a run, or without shared memory, ordinary arrays. */
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
