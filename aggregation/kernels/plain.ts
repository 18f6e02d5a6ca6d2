import { createColumn, middle, sortCoordinate, tiedMean } from './column.ts'
import type { Kernels, Ordered } from './kernels.ts'
import { classesOfRanks, classesOfWindow, runNetwork, sortingNetwork } from './network.ts'

const block = 512

/**
 * The kernels in TypeScript, coordinate by coordinate: the reference for the WebAssembly kernels, and their fallback.
 */
export const plainKernels: Kernels = {
  sortedMean(vectors, low, high, watched) {
    const n = vectors.length
    const network = sortingNetwork(n, classesOfRanks(n, low, high))
    const values = new Float64Array(n)
    const output = new Float32Array(vectors[0]?.length ?? 0)
    for (let k = 0; k < output.length; k++) {
      for (let i = 0; i < n; i++) values[i] = (vectors[i] as Float32Array)[k] as number
      runNetwork(network, values)
      let sum = 0
      for (let row = low; row <= high; row++) sum += values[row] as number
      output[k] = sum / (high - low + 1)
    }
    return { output, ...seen(vectors, watched) }
  },

  meanAroundMedian(vectors, keep, watched) {
    const n = vectors.length
    const network = sortingNetwork(n, classesOfWindow(n, keep))
    const values = new Float64Array(n)
    const column = createColumn(n)
    const output = new Float32Array(vectors[0]?.length ?? 0)
    for (let k = 0; k < output.length; k++) {
      for (let i = 0; i < n; i++) values[i] = (vectors[i] as Float32Array)[k] as number
      runNetwork(network, values)
      const centre = middle(values)
      const left = (row: number) => centre - (values[row] as number)
      const right = (row: number) => (values[row] as number) - centre
      let from = 0
      let tied = false
      let sum = 0
      for (let row = 0; row + keep < n; row++) {
        if (left(row) > right(row + keep)) from = row + 1
        if (left(row) === right(row + keep) && values[row] !== values[row + keep]) tied = true
      }
      for (let row = from; row < from + keep; row++) sum += values[row] as number
      output[k] = tied ? tiedMean(column, vectors, k, keep) : sum / keep
    }
    return { output, ...seen(vectors, watched) }
  },

  distances(vectors) {
    const n = vectors.length
    const d = vectors[0]?.length ?? 0
    const sums = new Float64Array(n * n)
    for (let i = 0; i < n; i++)
      for (let j = i + 1; j < n; j++)
        for (let from = 0; from < d; from += block) {
          const part = blockDistance(
            vectors[i] as Float32Array,
            vectors[j] as Float32Array,
            from,
            Math.min(d, from + block),
          )
          sums[i * n + j] = (sums[i * n + j] as number) + part
        }
    return sums
  },

  distancesTo(vectors, point) {
    return Float64Array.from(vectors, (vector) => {
      const lane = (first: number) => {
        let sum = 0
        for (let k = first; k < point.length; k += 4) {
          const difference = (vector[k] as number) - (point[k] as number)
          sum += difference * difference
        }
        return sum
      }
      return lane(0) + lane(1) + lane(2) + lane(3)
    })
  },

  weightedSum(vectors, weights) {
    const output = new Float32Array(vectors[0]?.length ?? 0)
    for (let k = 0; k < output.length; k++) {
      let sum = 0
      for (let i = 0; i < vectors.length; i++)
        sum += (weights[i] as number) * ((vectors[i] as Float32Array)[k] as number)
      output[k] = sum
    }
    return output
  },

  scaledSum(vectors, factor) {
    const output = new Float32Array(vectors[0]?.length ?? 0)
    for (let k = 0; k < output.length; k++) {
      let sum = 0
      for (const vector of vectors) sum += vector[k] as number
      output[k] = sum * factor
    }
    return output
  },

  meansOfSets(vectors, sets) {
    return sets.map((set) => {
      const output = new Float32Array(vectors[0]?.length ?? 0)
      const quads: Float32Array[][] = []
      for (const i of set.toSorted((a, b) => a - b)) {
        quads[i >> 2] ??= []
        quads[i >> 2]?.push(vectors[i] as Float32Array)
      }
      for (let k = 0; k < output.length; k++) {
        let sum = 0
        for (const quad of quads) if (quad) sum += quad.reduce((part, vector) => part + (vector[k] as number), 0)
        output[k] = sum * (1 / set.length)
      }
      return output
    })
  },

  sums(vectors, sign) {
    const sums = new Float64Array(vectors[0]?.length ?? 0)
    vectors.forEach((vector, i) => {
      const by = i % 2 === 0 ? 1 : sign
      for (let k = 0; k < sums.length; k++) sums[k] = (sums[k] as number) + by * (vector[k] as number)
    })
    return sums
  },

  deviations(vectors, centre, divisor) {
    return centre.map((middle, k) => {
      let sum = 0
      for (const vector of vectors) {
        const difference = (vector[k] as number) - middle
        sum += difference * difference
      }
      return Math.sqrt(sum / divisor)
    })
  },

  distancesToCentre(vectors, centre) {
    return Float64Array.from(vectors, (vector) =>
      centre.reduce((sum, middle, k) => {
        const difference = (vector[k] as number) - middle
        return sum + difference * difference
      }, 0),
    )
  },

  countBeyond(vectors, centre, limits, sign) {
    let count = 0
    for (const vector of vectors)
      for (let k = 0; k < centre.length; k++)
        if (sign * ((vector[k] as number) - (centre[k] as number)) >= (limits[k] as number)) count++
    return count
  },

  copy: (vector) => vector.slice(),
  passing: (run) => run(),
}

/** Values and ranks at some coordinates. */
function seen(vectors: readonly Float32Array[], watched: readonly number[]): Omit<Ordered, 'output'> {
  const column = createColumn(vectors.length)
  const values = new Float32Array(vectors.length * watched.length)
  const ranks = new Int32Array(values.length)
  watched.forEach((k, at) => {
    sortCoordinate(column, vectors, k)
    column.order.forEach((i, rank) => {
      values[i * watched.length + at] = column.raw[i] as number
      ranks[i * watched.length + at] = rank
    })
  })
  return { values, ranks }
}

function blockDistance(x: Float32Array, y: Float32Array, from: number, to: number): number {
  const lane = (first: number) => {
    let sum = 0
    for (let k = first; k < to; k += 4) {
      const difference = Math.fround((x[k] as number) - (y[k] as number))
      sum = Math.fround(sum + Math.fround(difference * difference))
    }
    return sum
  }
  return lane(from) + lane(from + 1) + lane(from + 2) + lane(from + 3)
}
