import type { KernelMemory } from './memory.ts'

/** Numbers in a tile, over all rows: a quarter of a second-level cache of 2 MB. */
const tileNumbers = 2 ** 17
/** The width of a tile is a multiple of this, so that no block of distances is cut by a tile's edge. */
const block = 512
/** Extra bytes between rows, one cache line, so that equal columns do not compete for the same cache lines. */
const gap = 64
/** Kernels read up to this many entries past the end of the table of rows. */
const beyond = 8

/** Addresses in the kernels' memory, in bytes, and the size of tiles. */
export interface Layout {
  /** Columns of a tile. */
  readonly width: number
  readonly stride: number
  /** Address of the bytes requested before the tile. */
  readonly start: number
  /** Address of the table of rows, which holds the address of each row. */
  readonly rows: number
  /** Address of the table of outputs, which holds the address of each output. */
  readonly outputs: number
  readonly tile: number
  /** Address of the end of the tile, where the further rows begin. */
  readonly end: number
  /** Address of the end of the further rows, where the bytes requested after them begin. */
  readonly rest: number
}

/** A kernel's work on the columns of a tile; `output` is the address of the first output. */
type Each = (columns: number, from: number, output: number) => void

/** A kernel's working memory: a tile of all vectors, and the bytes that the kernel needs besides it. */
export interface Tiles {
  /**
   * Lays out `before` bytes, a tile of n rows, `further` rows of the same width for outputs, and `after` bytes. Grows
   * the memory if needed. Without d, the tile has the maximum width for n rows.
   */
  layOut(before: number, n: number, further: number, d?: number, after?: number): Layout
  /**
   * Runs `each` on one group of columns after another, padded with zeros to a multiple of 16. Vectors are copied into
   * the tile, and outputs out of the rows behind it. Vectors and outputs in this memory are used in place, through the
   * tables.
   */
  forEach(vectors: readonly Float32Array[], outputs: readonly Float32Array[], layout: Layout, each: Each): void
  /** The same, but all vectors are copied, because the kernel changes them. */
  copyEach(vectors: readonly Float32Array[], outputs: readonly Float32Array[], layout: Layout, each: Each): void
  floats(at: number, count: number): Float32Array
  doubles(at: number, count: number): Float64Array
  words(at: number, count: number): Int32Array
  bytes(at: number, count: number): Uint8Array
}

export function createTiles({ memory, reserve, addressOf }: KernelMemory): Tiles {
  const words = (at: number, count: number) => new Int32Array(memory.buffer, at, count)

  function walk(
    vectors: readonly Float32Array[],
    homes: readonly (number | undefined)[],
    outputs: readonly Float32Array[],
    layout: Layout,
    each: Each,
  ): void {
    const { width, stride, tile, end } = layout
    const n = vectors.length
    const d = vectors[0]?.length ?? 0
    const rows = words(layout.rows, n + beyond)
    const places = words(layout.outputs, outputs.length)
    const targets = outputs.map(addressOf)
    const numbers = new Float32Array(memory.buffer)
    for (let from = 0; from < d; from += width) {
      const columns = Math.min(width, d - from)
      const whole = padded(columns) === columns
      const placed = (home: number | undefined) => (home === undefined || !whole ? undefined : home + from * 4)
      for (let i = 0; i < n; i++) {
        const row = tile + i * stride
        const there = placed(homes[i])
        rows[i] = there ?? row
        if (there !== undefined) continue
        const vector = vectors[i] as Float32Array
        numbers.set(columns === d ? vector : vector.subarray(from, from + columns), row / 4)
        if (!whole) numbers.fill(0, row / 4 + columns, row / 4 + padded(columns))
      }
      rows.fill(rows[n - 1] as number, n)
      targets.forEach((target, i) => {
        places[i] = placed(target) ?? end + i * stride
      })
      each(columns, from, placed(targets[0]) ?? end)
      outputs.forEach((output, i) => {
        if (placed(targets[i]) === undefined)
          output.set(new Float32Array(memory.buffer, end + i * stride, columns), from)
      })
    }
  }

  return {
    layOut(before, n, further, d = Number.POSITIVE_INFINITY, after = 0) {
      const widest = Math.max(block, Math.floor(tileNumbers / Math.max(1, n) / block) * block)
      const width = Math.min(widest, padded(d))
      const stride = width * 4 + gap
      const toRows = Math.ceil(before / 64) * 64
      const toOutputs = toRows + Math.ceil((n + beyond) / 16) * 64
      const toTile = toOutputs + Math.ceil(further / 16) * 64
      const toEnd = toTile + n * stride
      const toRest = toEnd + further * stride
      const start = reserve(toRest + after)
      const [rows, outputs, tile] = [start + toRows, start + toOutputs, start + toTile]
      return { width, stride, start, rows, outputs, tile, end: start + toEnd, rest: start + toRest }
    },

    forEach(vectors, outputs, layout, each) {
      walk(vectors, vectors.map(addressOf), outputs, layout, each)
    },

    copyEach(vectors, outputs, layout, each) {
      walk(vectors, [], outputs, layout, each)
    },

    floats: (at, count) => new Float32Array(memory.buffer, at, count),
    doubles: (at, count) => new Float64Array(memory.buffer, at, count),
    words,
    bytes: (at, count) => new Uint8Array(memory.buffer, at, count),
  }
}

/** Number of columns that kernels process: the next multiple of 16. */
export function padded(columns: number): number {
  return Math.ceil(columns / 16) * 16
}
