const page = 65536
/** As many pages as 32 bits address. */
const maxPages = 65536

/** A WebAssembly memory that threads share. */
export interface SharedMemory {
  /** As long as the memory was when it was asked for. */
  readonly buffer: ArrayBufferLike
  /** Makes it longer by pages of 64 kB; returns how many it had. Throws where there are no more. */
  grow(pages: number): number
}

/** Address space for 4 GB, none of it used yet; undefined where threads share no memory, or the system has not so much. */
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
  /** Address of so many bytes that nobody else uses; what the last call gave is given up. Throws where there are no more. */
  reserve(bytes: number): number
  /** Address of a vector that lives in this memory already; undefined for one that has to be copied into it. */
  addressOf(vector: Float32Array): number | undefined
}

/** A memory of this thread's own, into which vectors are copied. */
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
 * This thread's part of a memory that threads share. Whoever grows a shared memory, which happens in one step, is the only
 * one who knows of the new pages: so threads and whoever hands out vectors get parts that never overlap. The first page
 * is nobody's: there each thread has a word by which it knows the memory again.
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
    // Where others took what lay behind this part, the new pages are not enough yet.
    return reserve(bytes)
  }

  /** Whether a buffer is this memory, of which every message brings another object: what is written here is seen there. */
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
