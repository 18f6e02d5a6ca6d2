import { decodeBase64 } from './base64.ts'
import { createColumn, tiedMean } from './column.ts'
import type { Kernels } from './kernels.ts'
import { type Comparator, classesOfRanks, classesOfWindow, sortingNetwork } from './network.ts'
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
  weightedSum: (...args: number[]) => void
  meansOfSets: (...args: number[]) => void
}

/** Where things lie in the kernels' memory, in bytes, and how vectors are cut into tiles. */
interface Layout {
  readonly width: number
  readonly stride: number
  readonly tile: number
  readonly end: number
}

/**
 * The kernels in WebAssembly with SIMD: one instance and one memory, into which vectors are copied tile by tile
 * (some columns of all n of them), so that it holds half a megabyte and not the matrix. Undefined where
 * WebAssembly or its SIMD is missing.
 */
export function createWasmKernels(): Kernels | undefined {
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

  return {
    sortedMean(vectors, low, high) {
      const n = vectors.length
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

    weightedSum(vectors, weights, divisor) {
      const n = vectors.length
      const output = new Float32Array(vectors[0]?.length ?? 0)
      const layout = layOut(n * 8, n, 1, output.length)
      const { width, stride, tile, end } = layout
      new Float64Array(memory.buffer, 0, n).set(weights)
      for (let from = 0; from < output.length; from += width) {
        const columns = copy(vectors, from, layout)
        run.weightedSum(tile, stride, n, padded(columns), 0, divisor, end)
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
      for (let from = 0; from < d; from += width) {
        const columns = copy(vectors, from, layout)
        const share = 1 / (sets[0]?.length ?? 1)
        run.meansOfSets(tile, stride, quads, padded(columns), 0, sets.length, share, table, end)
        outputs.forEach((output, i) => {
          output.set(numbersAt(end + i * stride, columns), from)
        })
      }
      return outputs
    },
  }
}
