import { decodeBase64 } from './base64.ts'
import { createColumn, tiedMean } from './column.ts'
import type { Kernels } from './kernels.ts'
import { type Comparator, classesOfRanks, classesOfWindow, sortingNetwork } from './network.ts'
import { straightAroundMedian, straightMean } from './straight-line.ts'
import { wasmBase64 } from './wasm.generated.ts'

/** Numbers of a tile, all rows together: a quarter of a second-level cache of 2 MB. */
const tileNumbers = 2 ** 17
/** A tile is a multiple of this wide, so that blocks of distances do not straddle tiles. */
const block = 512
/** Rows lie a cache line more than their width apart, or equal columns would compete for the same cache lines. */
const gap = 64

interface Exports {
  sortedMean: (...args: number[]) => void
  meanAroundMedian: (...args: number[]) => void
  distances: (...args: number[]) => void
  distancesTo: (...args: number[]) => void
  weightedSum: (...args: number[]) => void
  scaledSum: (...args: number[]) => void
  meansOfSets: (...args: number[]) => void
  ranks: (...args: number[]) => void
}

/** Networks of up to this many rows become straight-line code; beyond, compiling it takes too long. */
const mostStraight = 64

/** A compiled network: the bytes where row 0 begins and ends, where means and ties go; whether there are ties. */
type Straight = (tile: number, end: number, output: number, ties: number) => number

/** Where things lie in the kernels' memory, in bytes, and how vectors are cut into tiles. */
interface Layout {
  readonly width: number
  readonly stride: number
  readonly tile: number
  readonly end: number
}

/**
 * The kernels in WebAssembly with SIMD: one instance and one memory, into which vectors are copied tile by tile
 * (some columns of all n of them), so that it holds half a megabyte and not the matrix. For vectors of `straightFrom`
 * coordinates and more, sorting networks are compiled, once each, instead of read from memory.
 * Undefined where WebAssembly or its SIMD is missing.
 */
export function createWasmKernels(straightFrom = 8192): Kernels | undefined {
  if (typeof WebAssembly === 'undefined') return undefined
  const memory = new WebAssembly.Memory({ initial: 1 })
  let run: Exports
  try {
    const module = new WebAssembly.Module(decodeBase64(wasmBase64))
    run = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports
  } catch {
    return undefined
  }

  /** Lays out `before` bytes, a tile of n rows and `rows` more rows of its width; grows the memory to hold them. */
  function layOut(before: number, n: number, rows: number, d: number): Layout {
    const widest = Math.max(block, Math.floor(tileNumbers / n / block) * block)
    const width = Math.min(widest, Math.ceil(d / 16) * 16)
    const stride = width * 4 + gap
    const tile = Math.ceil(before / 64) * 64
    const end = tile + n * stride
    const missing = end + rows * stride - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / 65536))
    return { width, stride, tile, end }
  }

  /** Copies columns from `from` of every vector into the tile, with zeros to a multiple of 16; returns their number. */
  function copy(vectors: readonly Float32Array[], from: number, { width, stride, tile }: Layout): number {
    const numbers = new Float32Array(memory.buffer)
    const d = (vectors[0] as Float32Array).length
    const columns = Math.min(width, d - from)
    const padded = Math.ceil(columns / 16) * 16
    let at = tile / 4
    for (const vector of vectors) {
      numbers.set(columns === d ? vector : vector.subarray(from, from + columns), at)
      if (padded > columns) numbers.fill(0, at + columns, at + padded)
      at += stride / 4
    }
    return columns
  }

  const padded = (columns: number) => Math.ceil(columns / 16) * 16
  const numbersAt = (at: number, count: number) => new Float32Array(memory.buffer, at, count)

  /** Writes the network as byte offsets of rows, the lowest bit set in those that are not read afterwards. */
  function writeNetwork(network: readonly Comparator[], stride: number): void {
    const offsets = new Uint32Array(memory.buffer, 0, network.length * 2)
    network.forEach(({ low, high, keepsLow, keepsHigh }, i) => {
      offsets[2 * i] = low * stride + (keepsLow ? 0 : 1)
      offsets[2 * i + 1] = high * stride + (keepsHigh ? 0 : 1)
    })
  }

  const compiled = new Map<string, Straight>()
  /** The straight-line code of a network, compiled the first time that `name` is asked for. */
  function straight(name: string, emit: () => Uint8Array<ArrayBuffer>): Straight {
    const known = compiled.get(name)
    if (known) return known
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(emit()), { env: { memory } })
    const made = exports.run as Straight
    compiled.set(name, made)
    return made
  }
  const isStraight = (n: number, d: number) => n <= mostStraight && d >= straightFrom

  function straightSortedMean(vectors: readonly Float32Array[], low: number, high: number): Float32Array {
    const n = vectors.length
    const output = new Float32Array(vectors[0]?.length ?? 0)
    const layout = layOut(0, n, 1, Number.POSITIVE_INFINITY)
    const { width, stride, tile, end } = layout
    const mean = straight(`mean ${n} ${low} ${high}`, () =>
      straightMean({ n, stride, network: sortingNetwork(n, classesOfRanks(n, low, high)) }, low, high),
    )
    for (let from = 0; from < output.length; from += width) {
      const columns = copy(vectors, from, layout)
      mean(tile, tile + padded(columns) * 4, end, 0)
      output.set(numbersAt(end, columns), from)
    }
    return output
  }

  function straightMeanAroundMedian(vectors: readonly Float32Array[], keep: number): Float32Array {
    const n = vectors.length
    const output = new Float32Array(vectors[0]?.length ?? 0)
    const layout = layOut(0, n, 2, Number.POSITIVE_INFINITY)
    const { width, stride, tile, end } = layout
    const ties = end + stride
    const mean = straight(`around ${n} ${keep}`, () =>
      straightAroundMedian({ n, stride, network: sortingNetwork(n, classesOfWindow(n, keep)) }, keep),
    )
    const column = createColumn(n)
    for (let from = 0; from < output.length; from += width) {
      const columns = copy(vectors, from, layout)
      const tied = mean(tile, tile + padded(columns) * 4, end, ties)
      output.set(numbersAt(end, columns), from)
      if (tied === 0) continue
      const marks = new Uint8Array(memory.buffer, ties, padded(columns) / 4)
      for (let k = 0; k < columns; k++)
        if ((marks[k >> 2] as number) & (1 << (k & 3))) output[from + k] = tiedMean(column, vectors, from + k, keep)
    }
    return output
  }

  return {
    sortedMean(vectors, low, high) {
      const n = vectors.length
      if (isStraight(n, vectors[0]?.length ?? 0)) return straightSortedMean(vectors, low, high)
      const output = new Float32Array(vectors[0]?.length ?? 0)
      const network = sortingNetwork(n, classesOfRanks(n, low, high))
      const layout = layOut(network.length * 8, n, 1, output.length)
      const { width, stride, tile, end } = layout
      writeNetwork(network, stride)
      for (let from = 0; from < output.length; from += width) {
        const columns = copy(vectors, from, layout)
        run.sortedMean(tile, stride, padded(columns), 0, network.length, low, high, end)
        output.set(numbersAt(end, columns), from)
      }
      return output
    },

    meanAroundMedian(vectors, keep) {
      const n = vectors.length
      if (isStraight(n, vectors[0]?.length ?? 0)) return straightMeanAroundMedian(vectors, keep)
      const output = new Float32Array(vectors[0]?.length ?? 0)
      const network = sortingNetwork(n, classesOfWindow(n, keep))
      const masks = Math.ceil((network.length * 8) / 16) * 16
      const layout = layOut(masks + n * 16, n, 2, output.length)
      const { width, stride, tile, end } = layout
      writeNetwork(network, stride)
      const column = createColumn(n)
      for (let from = 0; from < output.length; from += width) {
        const columns = copy(vectors, from, layout)
        const ties = end + stride
        run.meanAroundMedian(tile, stride, n, padded(columns), 0, network.length, keep, end, ties, masks)
        output.set(numbersAt(end, columns), from)
        const marks = new Uint32Array(memory.buffer, ties, padded(columns) / 16)
        for (let group = 0; group < marks.length; group++) {
          for (let bits = marks[group] as number; bits !== 0; bits &= bits - 1) {
            const k = from + group * 16 + (31 - Math.clz32(bits & -bits))
            if (k >= output.length) break
            output[k] = tiedMean(column, vectors, k, keep)
          }
        }
      }
      return output
    },

    distances(vectors) {
      const n = vectors.length
      const d = vectors[0]?.length ?? 0
      const layout = layOut(n * n * 8, n, 0, d)
      new Float64Array(memory.buffer, 0, n * n).fill(0)
      for (let from = 0; from < d; from += layout.width) {
        const columns = copy(vectors, from, layout)
        run.distances(layout.tile, layout.stride, n, padded(columns), 0)
      }
      return new Float64Array(memory.buffer, 0, n * n).slice()
    },

    distancesTo(vectors, point) {
      const n = vectors.length
      const layout = layOut(n * 32, n + 1, 0, point.length)
      const { width, stride, tile } = layout
      const sums = new Float64Array(memory.buffer, 0, n * 4).fill(0)
      for (let from = 0; from < point.length; from += width) {
        const columns = copy([...vectors, point], from, layout)
        run.distancesTo(tile, stride, n, padded(columns), tile + n * stride, 0)
      }
      return Float64Array.from(vectors, (_, i) => {
        const [first, second, third, fourth] = sums.subarray(i * 4, i * 4 + 4) as unknown as [
          number,
          number,
          number,
          number,
        ]
        return first + second + third + fourth
      })
    },

    weightedSum(vectors, weights) {
      const n = vectors.length
      const output = new Float32Array(vectors[0]?.length ?? 0)
      const layout = layOut(n * 8, n, 1, output.length)
      const { width, stride, tile, end } = layout
      new Float64Array(memory.buffer, 0, n).set(weights)
      for (let from = 0; from < output.length; from += width) {
        const columns = copy(vectors, from, layout)
        run.weightedSum(tile, stride, n, padded(columns), 0, end)
        output.set(numbersAt(end, columns), from)
      }
      return output
    },

    scaledSum(vectors, factor) {
      const n = vectors.length
      const output = new Float32Array(vectors[0]?.length ?? 0)
      const layout = layOut(0, n, 1, output.length)
      const { width, stride, tile, end } = layout
      for (let from = 0; from < output.length; from += width) {
        const columns = copy(vectors, from, layout)
        run.scaledSum(tile, stride, n, padded(columns), factor, end)
        output.set(numbersAt(end, columns), from)
      }
      return output
    },

    meansOfSets(vectors, sets) {
      const n = vectors.length
      const d = vectors[0]?.length ?? 0
      const quads = Math.ceil(n / 4)
      const outputs = sets.map(() => new Float32Array(d))
      const table = Math.ceil((sets.length * quads) / 16) * 64
      const layout = layOut(table + quads * 1024, quads * 4, sets.length, d)
      const { width, stride, tile, end } = layout
      const parts = new Uint32Array(memory.buffer, 0, sets.length * quads)
      sets.forEach((set, i) => {
        for (let quad = 0; quad < quads; quad++) parts[i * quads + quad] = quad * 1024
        for (const member of set) {
          const at = i * quads + (member >> 2)
          parts[at] = (parts[at] as number) + (64 << (member & 3))
        }
      })
      const share = 1 / (sets[0]?.length ?? 1)
      for (let from = 0; from < d; from += width) {
        const columns = copy(vectors, from, layout)
        run.meansOfSets(tile, stride, quads, padded(columns), 0, sets.length, share, table, end)
        outputs.forEach((output, i) => {
          output.set(numbersAt(end + i * stride, columns), from)
        })
      }
      return outputs
    },

    ranks(vectors, coordinates) {
      const n = vectors.length
      const count = coordinates.length
      const stride = Math.ceil(count / 4) * 16
      const missing = 2 * n * stride - memory.buffer.byteLength
      if (missing > 0) memory.grow(Math.ceil(missing / 65536))
      const numbers = new Float32Array(memory.buffer, 0, (n * stride) / 4).fill(0)
      vectors.forEach((vector, i) => {
        for (let at = 0; at < count; at++) numbers[(i * stride) / 4 + at] = vector[coordinates[at] as number] as number
      })
      run.ranks(0, stride, n, count, n * stride)
      const ranks = new Int32Array(n * count)
      for (let i = 0; i < n; i++) ranks.set(new Int32Array(memory.buffer, (n + i) * stride, count), i * count)
      return ranks
    },
  }
}
