import type { SharedMemory } from './memory.ts'
import { plainKernels } from './plain.ts'
import { createWasmKernels } from './wasm.ts'

/** An order statistic (d), with values and ranks at w watched coordinates. */
export interface Ordered {
  readonly output: Float32Array
  /** Values at the watched coordinates: n x w, row by row. */
  readonly values: Float32Array
  /** Rank of each value within its coordinate, from 0; equal values rank in index order: n x w. */
  readonly ranks: Int32Array
}

/**
 * Numeric kernels of rules and attacks. Inputs are n finite vectors of length d, never mutated; outputs are new arrays
 * (d). Both implementations give the same bits.
 */
export interface Kernels {
  /**
   * Mean of ranks low to high (from 0, inclusive) of each coordinate, in float64, in the order of the sorting network.
   * `watched` coordinates ascend.
   */
  sortedMean(vectors: readonly Float32Array[], low: number, high: number, watched: readonly number[]): Ordered
  /**
   * Mean of the `keep` values of each coordinate nearest its median, in float64, in the order of the sorting network.
   * Among equally near values, the one with the lowest index counts.
   */
  meanAroundMedian(vectors: readonly Float32Array[], keep: number, watched: readonly number[]): Ordered
  /**
   * Squared distances of all pairs i < j, in the upper triangle of n x n. Each block of 512 coordinates has four
   * float32 lanes: lane l sums coordinates l, l + 4, ... Lanes and then blocks are added in float64.
   */
  distances(vectors: readonly Float32Array[]): Float64Array
  /**
   * Squared distances (n) to a point (d), in float64: sum l of four adds coordinates l, l + 4, ..., then these are
   * added in ascending order.
   */
  distancesTo(vectors: readonly Float32Array[], point: Float32Array): Float64Array
  /** sum_i weights[i] x_i, in float64 in index order, rounded once. */
  weightedSum(vectors: readonly Float32Array[], weights: readonly number[]): Float32Array
  /** factor * sum_i x_i, in float64 in index order, rounded once. */
  scaledSum(vectors: readonly Float32Array[], factor: number): Float32Array
  /**
   * Means of sets of vectors, in float64. Sets are lists of indices and have equal size. The members among every four
   * neighbouring indices are added first, then these sums, in ascending order. The total is multiplied by 1 / size and
   * rounded once.
   */
  meansOfSets(vectors: readonly Float32Array[], sets: readonly (readonly number[])[]): Float32Array[]
  /** sum_i x_i (d), with every second vector times `sign`, in float64 in index order. */
  sums(vectors: readonly Float32Array[], sign: 1 | -1): Float64Array
  /** sqrt(sum_i (x_i - centre)^2 / divisor) of each coordinate (d), in float64 in index order. */
  deviations(vectors: readonly Float32Array[], centre: Float64Array, divisor: number): Float64Array
  /** Squared distances (n) to a centre (d), each a float64 sum in coordinate order. */
  distancesToCentre(vectors: readonly Float32Array[], centre: Float64Array): Float64Array
  /** Number of values in all vectors with sign (x - centre) >= limit in their coordinate. NaN limits match no value. */
  countBeyond(vectors: readonly Float32Array[], centre: Float64Array, limits: Float64Array, sign: 1 | -1): number
  /** A copy of a vector. */
  copy(vector: Float32Array): Float32Array
  /** Runs a function and then releases its means of sets: the next run may overwrite them. */
  passing<T>(run: () => T): T
}

let chosen: Kernels | undefined

/** The WebAssembly kernels of this thread, or their TypeScript twins if WebAssembly has no SIMD. */
export function kernels(): Kernels {
  chosen ??= createWasmKernels() ?? plainKernels
  return chosen
}

/**
 * Makes this thread's kernels work in a memory that threads share. They read and write vectors in that memory directly
 * and copy all others. The memory's first page, and the pages that a thread adds, belong to the kernels. `allocate`
 * makes output vectors (default: new arrays). Returns a function that leaves that memory.
 */
export function workIn(memory: SharedMemory, allocate?: (length: number) => Float32Array): () => void {
  const before = chosen
  const mine = createWasmKernels({ memory, ...(allocate ? { allocate } : {}) }) ?? kernels()
  chosen = mine
  return () => {
    if (chosen === mine) chosen = before
  }
}
