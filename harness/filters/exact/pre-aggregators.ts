import { lowest } from '#aggregation/math/krum-score.ts'
import { clippingFactor } from '#aggregation/math/norms.ts'
import { arc } from '#aggregation/pre-aggregators/arc.ts'
import { bucketing, permutationOf } from '#aggregation/pre-aggregators/bucketing.ts'
import { clipping } from '#aggregation/pre-aggregators/clipping.ts'
import { nnm } from '#aggregation/pre-aggregators/nnm.ts'
import { resolveTolerance } from '#aggregation/rule.ts'
import { meanOf, normOf, type Row, squaredDistances, times } from './rows.ts'

interface Mixed {
  readonly rows: readonly Row[]
  readonly own: number
}
type Stage = (mixed: Mixed) => Mixed

/** Twins of pre-aggregators in 64-bit numbers, by name; undefined for values that draw. */
export const exactPreAggregators: Readonly<Record<string, (values: unknown) => Stage | undefined>> = {
  [nnm.name](values) {
    const { f } = nnm.config.parse(values)
    return ({ rows, own }) => {
      const n = rows.length
      const distances = squaredDistances(rows)
      const mixed = rows.map((_, i) => {
        const row = Array.from(distances.subarray(i * n, (i + 1) * n))
        row[i] = -1
        return meanOf(rows, lowest(row, n - resolveTolerance(f, n)))
      })
      return { rows: mixed, own }
    }
  },
  [bucketing.name](values) {
    const { size, permutation } = bucketing.config.parse(values)
    if (permutation === undefined) return undefined
    return ({ rows, own }) => {
      const order = permutationOf(permutation, rows.length)
      const buckets = Array.from({ length: Math.ceil(rows.length / size) }, (_, b) =>
        order.slice(b * size, (b + 1) * size),
      )
      return {
        rows: buckets.map((bucket) => meanOf(rows, bucket)),
        own: buckets.findIndex((bucket) => bucket.includes(own)),
      }
    }
  },
  [clipping.name](values) {
    const { radius } = clipping.config.parse(values)
    return ({ rows, own }) => ({ rows: rows.map((row) => clipped(row, radius)), own })
  },
  [arc.name](values) {
    const { f: tolerated } = arc.config.parse(values)
    return ({ rows, own }) => {
      const n = rows.length
      const f = resolveTolerance(tolerated, n)
      const norms = rows.map(normOf).sort((a, b) => a - b)
      const radius = norms[n - Math.floor((2 * f * (n - f)) / n) - 1] as number
      return { rows: rows.map((row) => clipped(row, radius)), own }
    }
  },
}

function clipped(row: Row, radius: number): Row {
  const factor = clippingFactor(normOf(row), radius)
  return factor === 1 ? row : times(row, factor)
}
