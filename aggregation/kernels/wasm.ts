import { decodeBase64 } from './base64.ts'
import { createColumn, tiedMean } from './column.ts'
import type { Kernels, Ordered } from './kernels.ts'
import { type Comparator, classesOfRanks, classesOfWindow, sortingNetwork } from './network.ts'
import { type Network, straightAroundMedian, straightMean } from './straight-line.ts'
import { createTiles, padded } from './tiles.ts'
import { wasmBase64 } from './wasm.generated.ts'

/** Networks of up to this many rows become straight-line code; beyond, compiling it takes too long. */
const mostStraight = 64

type Kernel = (...args: number[]) => number
interface Exports {
  readonly sortedMean: Kernel
  readonly meanAroundMedian: Kernel
  readonly ranks: Kernel
  readonly distances: Kernel
  readonly distancesTo: Kernel
  readonly weightedSum: Kernel
  readonly scaledSum: Kernel
  readonly meansOfSets: Kernel
}

/** One number for each column, out of its sorted values. */
interface Statistic {
  readonly name: string
  readonly classes: () => readonly number[]
  /** The code for columns from `tile` to `end`, see straight-line.ts. */
  readonly straight: (network: Network) => Uint8Array<ArrayBuffer>
  /** The kernel that reads its network, which lies at 0, from memory; at `spare` are 16 n bytes for it. */
  readonly read: (
    tile: number,
    stride: number,
    columns: number,
    comparators: number,
    output: number,
    ties: number,
    spare: number,
  ) => number
  /** The number of column k, where it was marked as tied. */
  readonly tied: (k: number) => number
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
  const instantiate = (bytes: Uint8Array) =>
    new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports
  let run: Exports
  try {
    run = instantiate(decodeBase64(wasmBase64)) as unknown as Exports
  } catch {
    return undefined
  }
  const tiles = createTiles(memory)
  const compiled = new Map<string, Kernel>()

  function straight(statistic: Statistic, n: number, stride: number): Kernel {
    const known = compiled.get(statistic.name)
    if (known) return known
    const network = sortingNetwork(n, statistic.classes())
    const made = instantiate(statistic.straight({ n, stride, network })).run as Kernel
    compiled.set(statistic.name, made)
    return made
  }

  function ofColumns(vectors: readonly Float32Array[], watched: readonly number[], statistic: Statistic): Ordered {
    const n = vectors.length
    const output = new Float32Array(vectors[0]?.length ?? 0)
    const compile = n <= mostStraight && output.length >= straightFrom
    const network = compile ? [] : sortingNetwork(n, statistic.classes())
    const line = Math.ceil(watched.length / 8) * 8
    const spare = Math.ceil(network.length / 2) * 16
    const layout = tiles.layOut(spare + n * 16, n, 2, compile ? undefined : output.length, n * line * 8)
    const { stride, tile, end, rest } = layout
    writeNetwork(tiles.words(0, network.length * 2), network, stride)
    const kernel = compile ? straight(statistic, n, stride) : undefined
    const ties = end + stride
    const numbers = tiles.floats(0, memory.buffer.byteLength / 4)
    const samples = tiles.floats(rest, n * line).fill(0)
    let next = 0
    tiles.forEach(vectors, layout, (columns, from) => {
      const first = next
      while (next < watched.length && (watched[next] as number) < from + columns) next++
      for (let i = 0; i < n; i++) {
        const row = (tile + i * stride) / 4 - from
        for (let at = first; at < next; at++) samples[i * line + at] = numbers[row + (watched[at] as number)] as number
      }
      const tied = kernel
        ? kernel(tile, tile + padded(columns) * 4, end, ties)
        : statistic.read(tile, stride, padded(columns), network.length, end, ties, spare)
      output.set(tiles.floats(end, columns), from)
      if (!tied) return
      const marks = new Uint8Array(memory.buffer, ties, padded(columns) / 4)
      for (let k = 0; k < columns; k++)
        if ((marks[k >> 2] as number) & (1 << (k & 3))) output[from + k] = statistic.tied(from + k)
    })
    run.ranks(rest, line * 4, n, line, rest + n * line * 4)
    const ranks = tiles.words(rest + n * line * 4, n * line)
    return {
      output,
      values: withoutEnds(samples, line, watched.length),
      ranks: withoutEnds(ranks, line, watched.length),
    }
  }

  return {
    sortedMean(vectors, low, high, watched) {
      const n = vectors.length
      return ofColumns(vectors, watched, {
        name: `ranks ${low} to ${high} of ${n}`,
        classes: () => classesOfRanks(n, low, high),
        straight: (network) => straightMean(network, low, high),
        read: (tile, stride, columns, comparators, output) =>
          run.sortedMean(tile, stride, columns, 0, comparators, low, high, output),
        tied: () => Number.NaN,
      })
    },

    meanAroundMedian(vectors, keep, watched) {
      const n = vectors.length
      const column = createColumn(n)
      return ofColumns(vectors, watched, {
        name: `${keep} around the median of ${n}`,
        classes: () => classesOfWindow(n, keep),
        straight: (network) => straightAroundMedian(network, keep),
        read: (tile, stride, columns, comparators, output, ties, spare) =>
          run.meanAroundMedian(tile, stride, n, columns, 0, comparators, keep, output, ties, spare),
        tied: (k) => tiedMean(column, vectors, k, keep),
      })
    },

    distances(vectors) {
      const n = vectors.length
      const layout = tiles.layOut(n * n * 8, n, 0, vectors[0]?.length ?? 0)
      const sums = tiles.doubles(0, n * n).fill(0)
      tiles.forEach(vectors, layout, (columns) => run.distances(layout.tile, layout.stride, n, padded(columns), 0))
      return sums.slice()
    },

    distancesTo(vectors, point) {
      const n = vectors.length
      const layout = tiles.layOut(n * 32, n + 1, 0, point.length)
      const { stride, tile, end } = layout
      const sums = tiles.doubles(0, n * 4).fill(0)
      tiles.forEach([...vectors, point], layout, (columns) =>
        run.distancesTo(tile, stride, n, padded(columns), end - stride, 0),
      )
      return Float64Array.from(vectors, (_, i) => sums.subarray(i * 4, i * 4 + 4).reduce((sum, part) => sum + part))
    },

    weightedSum(vectors, weights) {
      const n = vectors.length
      const output = new Float32Array(vectors[0]?.length ?? 0)
      const layout = tiles.layOut(n * 8, n, 1, output.length)
      tiles.doubles(0, n).set(weights)
      tiles.forEach(vectors, layout, (columns, from) => {
        run.weightedSum(layout.tile, layout.stride, n, padded(columns), 0, layout.end)
        output.set(tiles.floats(layout.end, columns), from)
      })
      return output
    },

    scaledSum(vectors, factor) {
      const output = new Float32Array(vectors[0]?.length ?? 0)
      const layout = tiles.layOut(0, vectors.length, 1, output.length)
      tiles.forEach(vectors, layout, (columns, from) => {
        run.scaledSum(layout.tile, layout.stride, vectors.length, padded(columns), factor, layout.end)
        output.set(tiles.floats(layout.end, columns), from)
      })
      return output
    },

    meansOfSets(vectors, sets) {
      const n = vectors.length
      const quads = Math.ceil(n / 4)
      const outputs = sets.map(() => new Float32Array(vectors[0]?.length ?? 0))
      const table = Math.ceil((sets.length * quads) / 16) * 64
      const layout = tiles.layOut(table + quads * 2048, quads * 4, sets.length, outputs[0]?.length ?? 0)
      const { stride, tile, end } = layout
      const parts = tiles.words(0, sets.length * quads)
      sets.forEach((set, i) => {
        for (let quad = 0; quad < quads; quad++) parts[i * quads + quad] = table + quad * 2048
        for (const member of set) {
          const at = i * quads + (member >> 2)
          parts[at] = (parts[at] as number) + (128 << (member & 3))
        }
      })
      const share = 1 / (sets[0]?.length ?? 1)
      tiles.forEach(vectors, layout, (columns, from) => {
        run.meansOfSets(tile, stride, quads, padded(columns), 0, sets.length, share, table, end)
        outputs.forEach((output, i) => {
          output.set(tiles.floats(end + i * stride, columns), from)
        })
      })
      return outputs
    },
  }
}

/** Writes a network as byte offsets of rows, the lowest bit set in those that are not read afterwards. */
function writeNetwork(words: Int32Array, network: readonly Comparator[], stride: number): void {
  network.forEach(({ low, high, keepsLow, keepsHigh }, i) => {
    words[2 * i] = low * stride + (keepsLow ? 0 : 1)
    words[2 * i + 1] = high * stride + (keepsHigh ? 0 : 1)
  })
}

/** Rows of which only the first `count` numbers are wanted, without the others; fresh. */
function withoutEnds<A extends Float32Array | Int32Array>(rows: A, line: number, count: number): A {
  const kept = rows.slice() as A
  for (let from = line, to = count; from < rows.length; from += line, to += count)
    kept.copyWithin(to, from, from + count)
  return kept.subarray(0, line === 0 ? 0 : (rows.length / line) * count) as A
}
