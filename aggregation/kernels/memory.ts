const page = 65536
/** Number of pages that 32 bits can address. */
const maxPages = 65536

/** A WebAssembly memory that threads share. */
export interface SharedMemory {
  /** The memory's bytes, as many as it had at the time of the call. */
  readonly buffer: ArrayBufferLike
  /** Adds pages of 64 kB and returns the previous number of pages. Throws if no more are available. */
  grow(pages: number): number
}

/** Unused address space of 4 GB. Undefined if threads cannot share memory, or if the system has too little. */
export function openSharedMemory(): SharedMemory | undefined {
  try {
    return new WebAssembly.Memory({ shared: true, initial: 1, maximum: maxPages })
  } catch {
    return undefined
  }
}

/** The memory in which the kernels of one thread work. */
export interface KernelMemory {
  readonly memory: SharedMemory
  readonly kind: 'shared' | 'private'
  /** Address of this many exclusive bytes; the previous call's bytes are released. Throws if no more are available. */
  reserve(bytes: number): number
  /** Address of a vector that is already in this memory; undefined if it must be copied there. */
  addressOf(vector: Float32Array): number | undefined
}

/** A private memory of this thread; vectors are copied into it. */
export function createPrivateMemory(): KernelMemory {
  const memory = new WebAssembly.Memory({ initial: 1 })
  return {
    memory,
    kind: 'private',
    reserve(bytes) {
      const missing = bytes - memory.buffer.byteLength
      if (missing > 0) memory.grow(Math.ceil(missing / page))
      return 0
    },
    addressOf: () => undefined,
  }
}

/**
 * This thread's part of a memory that threads share. Growing a shared memory is atomic, and only the thread that grows
 * it knows the new pages, so parts never overlap. The first page belongs to no thread: each thread has a word there
 * that identifies the memory.
 */
export function createPartOf(memory: SharedMemory): KernelMemory {
  let start = 0
  let end = 0
  const here = new Int32Array(memory.buffer, 0, page / 4)
  const sign = 1 + (Atomics.add(here, 0, 1) % (here.length - 1))
  const known = new WeakMap<ArrayBufferLike, boolean>()

  function reserve(bytes: number): number {
    const missing = Math.ceil((bytes - (end - start)) / page)
    if (missing <= 0) return start
    const from = memory.grow(missing) * page
    if (from !== end) start = from
    end = from + missing * page
    // If other threads took the pages behind this part, it starts anew at the new pages, which may be too few.
    return reserve(bytes)
  }

  /**
   * Whether a buffer is this memory. Every message from another thread makes a new buffer object, so objects cannot be
   * compared. Instead it writes to this memory, and tests whether the buffer shows the write.
   */
  function isThis(buffer: ArrayBufferLike): boolean {
    if (buffer.byteLength < page) return false
    const there = new Int32Array(buffer, 0, here.length)
    const turned = ~Atomics.load(there, sign)
    Atomics.store(here, sign, turned)
    return Atomics.load(there, sign) === turned
  }

  return {
    memory,
    kind: 'shared',
    reserve,
    addressOf({ buffer, byteOffset }) {
      if (buffer instanceof ArrayBuffer) return undefined
      let own = known.get(buffer)
      if (own === undefined) {
        own = isThis(buffer)
        known.set(buffer, own)
      }
      return own ? byteOffset : undefined
    },
  }
}
