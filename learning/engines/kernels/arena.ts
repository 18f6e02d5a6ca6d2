/** One WebAssembly memory, laid out once: what is reserved stays where it is, and nothing is ever freed. */
export interface Arena {
  readonly memory: WebAssembly.Memory
  /** Byte offset of a fresh piece, aligned to a cache line; usable after `commit`. */
  reserve(bytes: number): number
  /** Makes the memory as large as what is reserved. Throws RangeError where the machine has not that much. */
  commit(): void
}

const pageBytes = 65536

export function createArena(): Arena {
  const memory = new WebAssembly.Memory({ initial: 1 })
  // The first bytes are the compiler's.
  let top = 1024
  return {
    memory,
    reserve(bytes) {
      const offset = top
      top = Math.ceil((top + bytes) / 64) * 64
      return offset
    },
    commit() {
      // The last loads of a kernel may read past the end of a row.
      const pages = Math.ceil((top + 64) / pageBytes) - memory.buffer.byteLength / pageBytes
      if (pages > 0) memory.grow(pages)
    },
  }
}
