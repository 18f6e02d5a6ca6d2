/** One WebAssembly memory, laid out once. Reserved pieces never move and are never freed. */
export interface Arena {
  readonly memory: WebAssembly.Memory
  /** Byte offset of a new piece, aligned to a cache line; usable after `commit`. */
  reserve(bytes: number): number
  /** Grows the memory to all reserved pieces. Throws RangeError if the machine has too little memory. */
  commit(): void
}

const pageBytes = 65536

export function createArena(): Arena {
  const memory = new WebAssembly.Memory({ initial: 1 })
  // The compiler uses the first bytes.
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
