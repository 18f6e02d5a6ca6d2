/** Numbers of a tile, all rows together: a quarter of a second-level cache of 2 MB. */
const tileNumbers = 2 ** 17
/** A tile is a multiple of this wide, so that blocks of distances do not straddle tiles. */
const block = 512
/** Rows lie a cache line more than their width apart, or equal columns would compete for the same cache lines. */
const gap = 64

/** Where things lie in the kernels' memory, in bytes, and how vectors are cut into tiles. */
export interface Layout {
  /** Columns of a tile. */
  readonly width: number
  readonly stride: number
  readonly tile: number
  /** Where the tile ends and the further rows begin. */
  readonly end: number
  /** Where these end and what else was asked for begins. */
  readonly rest: number
}

/** The memory of the kernels: a tile of all vectors and what a kernel needs beside it. */
export interface Tiles {
  /**
   * Lays out `before` bytes, a tile of n rows, `rows` more rows of its width, and `after` bytes; grows the memory to hold
   * them. With d left out, the tile is as wide as it gets for n rows.
   */
  layOut(before: number, n: number, rows: number, d?: number, after?: number): Layout
  /** Copies vectors into the tile, columns after columns, with zeros to a multiple of 16, and runs `each` on them. */
  forEach(vectors: readonly Float32Array[], layout: Layout, each: (columns: number, from: number) => void): void
  floats(at: number, count: number): Float32Array
  doubles(at: number, count: number): Float64Array
  words(at: number, count: number): Int32Array
}

export function createTiles(memory: WebAssembly.Memory): Tiles {
  return {
    layOut(before, n, rows, d = Number.POSITIVE_INFINITY, after = 0) {
      const widest = Math.max(block, Math.floor(tileNumbers / n / block) * block)
      const width = Math.min(widest, padded(d))
      const stride = width * 4 + gap
      const tile = Math.ceil(before / 64) * 64
      const end = tile + n * stride
      const rest = end + rows * stride
      const missing = rest + after - memory.buffer.byteLength
      if (missing > 0) memory.grow(Math.ceil(missing / 65536))
      return { width, stride, tile, end, rest }
    },

    forEach(vectors, { width, stride, tile }, each) {
      const numbers = new Float32Array(memory.buffer)
      const d = (vectors[0] as Float32Array).length
      for (let from = 0; from < d; from += width) {
        const columns = Math.min(width, d - from)
        let at = tile / 4
        for (const vector of vectors) {
          numbers.set(columns === d ? vector : vector.subarray(from, from + columns), at)
          if (padded(columns) > columns) numbers.fill(0, at + columns, at + padded(columns))
          at += stride / 4
        }
        each(columns, from)
      }
    },

    floats: (at, count) => new Float32Array(memory.buffer, at, count),
    doubles: (at, count) => new Float64Array(memory.buffer, at, count),
    words: (at, count) => new Int32Array(memory.buffer, at, count),
  }
}

/** As many columns as kernels go through: the next multiple of 16. */
export function padded(columns: number): number {
  return Math.ceil(columns / 16) * 16
}
