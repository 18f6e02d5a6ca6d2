import { decodeBase64 } from './base64.ts'
import { createColumn, tiedMean } from './column.ts'
import type { Kernels, Ordered } from './kernels.ts'
import { createPartOf, createPrivateMemory, type SharedMemory } from './memory.ts'
import { type Comparator, classesOfRanks, classesOfWindow, sortingNetwork } from './network.ts'
import { createScratchPool } from './scratch-pool.ts'
import { type Network, straightAroundMedian, straightMean } from './straight-line.ts'
import { sumsOfSets } from './sums-of-sets.ts'
import { createTiles, padded } from './tiles.ts'
import { wasmBase64 } from './wasm.generated.ts'
import { wasmBase64 as sharedWasmBase64 } from './wasm-shared.generated.ts'

/** Networks of up to this many rows become straight-line code; larger ones take too long to compile. */
const maxStraight = 64
/** Bytes of sixteen columns in f64. */
const slotBytes = 128

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
  readonly sums: Kernel
  readonly deviations: Kernel
  readonly distancesToCentre: Kernel
  readonly countBeyond: Kernel
}

/** A statistic with one number per column, computed from its sorted values. */
interface Statistic {
  readonly name: string
  readonly classes: () => readonly number[]
  /** Code for columns from `tile` to `end`; see straight-line.ts. */
  readonly straight: (network: Network) => Uint8Array<ArrayBuffer>
  /** The kernel that reads its network from memory; it may use 64 n bytes at `spare`. */
  readonly read: (at: {
    readonly tile: number
    readonly stride: number
    readonly columns: number
    readonly network: number
    readonly comparators: number
    readonly output: number
    readonly ties: number
    readonly spare: number
  }) => number
  /** The statistic of column k if it was marked as tied. */
  readonly tied: (k: number) => number
}

export interface WasmOptions {
  /** From this length on, sorting networks are compiled once each instead of read from memory. */
  readonly straightFrom?: number
  /** Memory that threads share; vectors in it are used in place. Left out: the kernels have their own memory. */
  readonly memory?: SharedMemory
  /** Makes uninitialised output vectors, except those of `meansOfSets`. Default: new arrays. */
  readonly allocate?: (length: number) => Float32Array
}

/**
 * The kernels in WebAssembly with SIMD: one instance and one memory. Vectors outside that memory are copied in tile by
 * tile, a few columns of all n vectors at a time. So it holds half a megabyte, not the whole matrix. Undefined if
 * WebAssembly or its SIMD is missing.
 */
export function createWasmKernels({
  straightFrom = 8192,
  memory: shared,
  allocate = (length) => new Float32Array(length),
}: WasmOptions = {}): Kernels | undefined {
  if (typeof WebAssembly === 'undefined') return undefined
  const place = shared ? createPartOf(shared) : createPrivateMemory()
  const { memory, kind } = place
  const instantiate = (bytes: Uint8Array) =>
    new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports
  let run: Exports
  try {
    run = instantiate(decodeBase64(shared ? sharedWasmBase64 : wasmBase64)) as unknown as Exports
  } catch {
    return undefined
  }
  const tiles = createTiles(place)
  const lent = createScratchPool(shared)
  const compiled = new Map<string, Kernel>()

  function straight(statistic: Statistic, n: number): Kernel {
    const known = compiled.get(statistic.name)
    if (known) return known
    const network = sortingNetwork(n, statistic.classes())
    const made = instantiate(statistic.straight({ n, network, memory: kind })).run as Kernel
    compiled.set(statistic.name, made)
    return made
  }

  function ofColumns(vectors: readonly Float32Array[], watched: readonly number[], statistic: Statistic): Ordered {
    const n = vectors.length
    const output = allocate(vectors[0]?.length ?? 0)
    const compile = n <= maxStraight && output.length >= straightFrom
    const network = compile ? [] : sortingNetwork(n, statistic.classes())
    const line = Math.ceil(watched.length / 8) * 8
    const spare = Math.ceil(network.length / 2) * 16
    const layout = tiles.layOut(spare + n * 64, n, 2, output.length, n * line * 8)
    const { stride, start, tile, rows, end, rest } = layout
    writeNetwork(tiles.words(start, network.length * 2), network, stride)
    const kernel = compile ? straight(statistic, n) : undefined
    const ties = end + stride
    const samples = tiles.floats(rest, n * line).fill(0)
    let next = 0
    const compute = (columns: number, from: number, means: number): void => {
      const width = padded(columns)
      const tied = kernel
        ? kernel(rows, width * 4, means, ties, start + spare)
        : statistic.read({
            ...{ tile, stride, columns: width, network: start, comparators: network.length },
            ...{ output: means, ties, spare: start + spare },
          })
      // These columns are in the caches now.
      const first = next
      while (next < watched.length && (watched[next] as number) < from + columns) next++
      for (let i = 0; i < n; i++) {
        const vector = vectors[i] as Float32Array
        for (let at = first; at < next; at++) samples[i * line + at] = vector[watched[at] as number] as number
      }
      if (!tied) return
      const marks = tiles.bytes(ties, width / 4)
      const numbers = tiles.floats(means, columns)
      for (let k = 0; k < columns; k++)
        if ((marks[k >> 2] as number) & (1 << (k & 3))) numbers[k] = statistic.tied(from + k)
    }
    if (kernel) tiles.forEach(vectors, [output], layout, compute)
    else tiles.copyEach(vectors, [output], layout, compute)
    run.ranks(rest, line * 4, n, line, rest + n * line * 4)
    const ranks = tiles.words(rest + n * line * 4, n * line)
    return {
      output,
      values: withoutEnds(samples, line, watched.length),
      ranks: withoutEnds(ranks, line, watched.length),
    }
  }

  /** Copies some float64 numbers of a row into two rows behind the tile, padded to a multiple of 16. */
  function lay(row: Float64Array, at: number, from: number, columns: number, filling: number): void {
    const there = tiles.doubles(at, padded(columns))
    there.set(row.subarray(from, from + columns))
    there.fill(filling, columns)
  }

  return {
    sortedMean(vectors, low, high, watched) {
      const n = vectors.length
      return ofColumns(vectors, watched, {
        name: `ranks ${low} to ${high} of ${n}`,
        classes: () => classesOfRanks(n, low, high),
        straight: (network) => straightMean(network, low, high),
        read: ({ tile, stride, columns, network, comparators, output }) =>
          run.sortedMean(tile, stride, columns, network, comparators, low, high, output),
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
        read: ({ tile, stride, columns, network, comparators, output, ties, spare }) =>
          run.meanAroundMedian(tile, stride, n, columns, network, comparators, keep, output, ties, spare),
        tied: (k) => tiedMean(column, vectors, k, keep),
      })
    },

    distances(vectors) {
      const n = vectors.length
      const layout = tiles.layOut(n * n * 8, n, 0, vectors[0]?.length ?? 0)
      const { start, rows } = layout
      const sums = tiles.doubles(start, n * n).fill(0)
      tiles.forEach(vectors, [], layout, (columns) => run.distances(rows, n, padded(columns), start))
      return Float64Array.from(sums)
    },

    distancesTo(vectors, point) {
      const n = vectors.length
      const layout = tiles.layOut(n * 32, n + 1, 0, point.length)
      const { start, rows } = layout
      const sums = tiles.doubles(start, n * 4).fill(0)
      tiles.forEach([...vectors, point], [], layout, (columns) => run.distancesTo(rows, n, padded(columns), start))
      return Float64Array.from(vectors, (_, i) => sums.subarray(i * 4, i * 4 + 4).reduce((sum, part) => sum + part))
    },

    weightedSum(vectors, weights) {
      const n = vectors.length
      const output = allocate(vectors[0]?.length ?? 0)
      const layout = tiles.layOut(n * 8, n, 1, output.length)
      const { start, rows } = layout
      tiles.doubles(start, n).set(weights)
      tiles.forEach(vectors, [output], layout, (columns, _, at) => run.weightedSum(rows, n, padded(columns), start, at))
      return output
    },

    scaledSum(vectors, factor) {
      const n = vectors.length
      const output = allocate(vectors[0]?.length ?? 0)
      const layout = tiles.layOut(0, n, 1, output.length)
      const { rows } = layout
      tiles.forEach(vectors, [output], layout, (columns, _, at) => run.scaledSum(rows, n, padded(columns), factor, at))
      return output
    },

    meansOfSets(vectors, sets) {
      const n = vectors.length
      const outputs = lent.vectors(sets.length, vectors[0]?.length ?? 0)
      const { additions, slots: chosen, parts } = sumsOfSets(n, sets)
      const toSlots = Math.ceil((additions.length + chosen.length) / 16) * 64
      const nothing = n + additions.length / 2
      const layout = tiles.layOut(toSlots + (nothing + 1) * slotBytes, n, sets.length, outputs[0]?.length ?? 0)
      const { start, rows, outputs: places } = layout
      const slots = start + toSlots
      tiles
        .words(start, additions.length + chosen.length)
        .set([...additions, ...chosen].map((i) => slots + i * slotBytes))
      tiles.bytes(slots + nothing * slotBytes, slotBytes).fill(0)
      const end = start + additions.length * 4
      const share = 1 / (sets[0]?.length ?? 1)
      tiles.forEach(vectors, outputs, layout, (columns) =>
        run.meansOfSets(rows, n, padded(columns), start, end, end, parts, sets.length, share, slots, places),
      )
      return outputs
    },

    sums(vectors, sign) {
      const n = vectors.length
      const output = new Float64Array(vectors[0]?.length ?? 0)
      const layout = tiles.layOut(0, n, 2, output.length)
      const { rows, end } = layout
      tiles.forEach(vectors, [], layout, (columns, from) => {
        run.sums(rows, n, padded(columns), sign, end)
        output.set(tiles.doubles(end, columns), from)
      })
      return output
    },

    deviations(vectors, centre, divisor) {
      const n = vectors.length
      const output = new Float64Array(centre.length)
      const layout = tiles.layOut(0, n, 4, output.length)
      const { rows, end, stride } = layout
      const results = end + 2 * stride
      tiles.forEach(vectors, [], layout, (columns, from) => {
        lay(centre, end, from, columns, 0)
        run.deviations(rows, n, padded(columns), end, divisor, results)
        output.set(tiles.doubles(results, columns), from)
      })
      return output
    },

    distancesToCentre(vectors, centre) {
      const n = vectors.length
      const layout = tiles.layOut((n + 8) * 8, n, 2, centre.length)
      const { start, rows, end } = layout
      const sums = tiles.doubles(start, n + 8).fill(0)
      tiles.forEach(vectors, [], layout, (columns, from) => {
        lay(centre, end, from, columns, 0)
        run.distancesToCentre(rows, n, padded(columns), end, start)
      })
      return sums.slice(0, n)
    },

    countBeyond(vectors, centre, limits, sign) {
      const n = vectors.length
      const layout = tiles.layOut(0, n, 4, centre.length)
      const { rows, end, stride } = layout
      const bounds = end + 2 * stride
      let count = 0
      tiles.forEach(vectors, [], layout, (columns, from) => {
        lay(centre, end, from, columns, 0)
        lay(limits, bounds, from, columns, Number.NaN)
        count += run.countBeyond(rows, n, padded(columns), end, bounds, sign)
      })
      return count
    },

    copy(vector) {
      const output = allocate(vector.length)
      output.set(vector)
      return output
    },

    passing: lent.during,
  }
}

/** Writes a network as byte offsets of rows; the lowest bit is set for rows that are not read later. */
function writeNetwork(words: Int32Array, network: readonly Comparator[], stride: number): void {
  network.forEach(({ low, high, keepsLow, keepsHigh }, i) => {
    words[2 * i] = low * stride + (keepsLow ? 0 : 1)
    words[2 * i + 1] = high * stride + (keepsHigh ? 0 : 1)
  })
}

/** The first `count` numbers of each row, in a new array. */
function withoutEnds<A extends Float32Array | Int32Array>(rows: A, line: number, count: number): A {
  const kept = rows.slice() as A
  for (let from = line, to = count; from < rows.length; from += line, to += count)
    kept.copyWithin(to, from, from + count)
  return kept.subarray(0, line === 0 ? 0 : (rows.length / line) * count) as A
}
