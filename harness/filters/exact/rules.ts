import { krumScores, lowest, neighbourCount } from '#aggregation/math/krum-score.ts'
import { clippingFactor } from '#aggregation/math/norms.ts'
import { resolveTolerance } from '#aggregation/rule.ts'
import { average } from '#aggregation/rules/average.ts'
import { caf, cafShares } from '#aggregation/rules/caf.ts'
import { centeredClipping } from '#aggregation/rules/centered-clipping.ts'
import { geometricMedian } from '#aggregation/rules/geometric-median.ts'
import { krum } from '#aggregation/rules/krum.ts'
import { closest, mda } from '#aggregation/rules/mda.ts'
import { meanAroundMedianRule } from '#aggregation/rules/mean-around-median.ts'
import { median } from '#aggregation/rules/median.ts'
import { monna } from '#aggregation/rules/monna.ts'
import { multiKrum } from '#aggregation/rules/multi-krum.ts'
import { calmest, smea } from '#aggregation/rules/smea.ts'
import { trimmedMean } from '#aggregation/rules/trimmed-mean.ts'
import {
  byCoordinate,
  combined,
  less,
  meanOf,
  normAlong,
  normOf,
  pairwise,
  type Row,
  squaredDistances,
  times,
} from './rows.ts'

/** A rule without mixing weights in 64-bit numbers: n rows, the peer's own among them, and its state. */
export type ExactRows = (rows: readonly Row[], own: number, state?: Row) => Float64Array

/** Makes of a rule's values, name and all, its twin. */
type Twin = (values: unknown) => ExactRows

/** Twins of rules in 64-bit numbers, by name: each takes what its rule's own schema takes. */
export const exactRules: Readonly<Record<string, Twin>> = {
  [average.name]: () => (rows) => meanOf(rows),
  [median.name]: () => (rows) =>
    byCoordinate(rows, (column) => meanOfRanks(column, (rows.length - 1) >> 1, rows.length >> 1)),
  [trimmedMean.name](values) {
    const { f: tolerated, variant, keep } = trimmedMean.config.parse(values)
    return (rows) => {
      const n = rows.length
      const f = resolveTolerance(tolerated, n)
      if (variant === 'symmetric') return byCoordinate(rows, (column) => meanOfRanks(column, f, n - f - 1))
      return aroundMedian(rows, keep === 'n-2f' ? n - 2 * f : Math.max(1, n - f - 1))
    }
  },
  [meanAroundMedianRule.name](values) {
    const { f } = meanAroundMedianRule.config.parse(values)
    return (rows) => aroundMedian(rows, rows.length - resolveTolerance(f, rows.length))
  },
  [krum.name](values) {
    const { f, ...variant } = krum.config.parse(values)
    return (rows) => meanOf(rows, bestByKrum(rows, resolveTolerance(f, rows.length), 1, variant))
  },
  [multiKrum.name](values) {
    const { f: tolerated, select, ...variant } = multiKrum.config.parse(values)
    return (rows) => {
      const f = resolveTolerance(tolerated, rows.length)
      return meanOf(rows, bestByKrum(rows, f, select ?? rows.length - f, variant))
    }
  },
  [geometricMedian.name](values) {
    const { nu, iterations, start } = geometricMedian.config.parse(values)
    return (rows) => {
      let z = start === 'mean' ? meanOf(rows) : new Float64Array(rows[0]?.length ?? 0)
      for (let step = 0; step < iterations; step++) {
        const pulls = rows.map((row) => 1 / rows.length / Math.max(nu, normAlong(less(row, z))))
        const total = pairwise(Float64Array.from(pulls))
        z = combined(rows, pulls).map((value) => value / total)
      }
      return z
    }
  },
  [centeredClipping.name](values) {
    const { tau, iterations, start } = centeredClipping.config.parse(values)
    return (rows, own, state) => {
      const mine = rows[own] as Row
      const zero = new Float64Array(mine.length)
      const given = state ?? (start === 'own' ? mine : start === 'zero' ? zero : start)
      if (given.length !== mine.length) {
        throw new RangeError(`centered-clipping starts from ${given.length} numbers, needs ${mine.length}`)
      }
      let v = Float64Array.from(given)
      for (let step = 0; step < iterations; step++) {
        const moves = rows.map((row) => {
          const difference = less(row, v)
          return times(difference, clippingFactor(normAlong(difference), tau))
        })
        const move = meanOf(moves)
        v = v.map((value, k) => value + (move[k] as number))
      }
      return v
    }
  },
  [mda.name](values) {
    const { f } = mda.config.parse(values)
    return (rows) => meanOf(rows, closest(squaredDistances(rows), rows.length, resolveTolerance(f, rows.length)))
  },
  [monna.name](values) {
    const { f } = monna.config.parse(values)
    return (rows, own) => {
      const distances = rows.map((row, i) => (i === own ? -1 : normOf(less(row, rows[own] as Row))))
      return meanOf(rows, lowest(distances, rows.length - resolveTolerance(f, rows.length)))
    }
  },
  [caf.name](values) {
    const { f, greatest } = caf.config.parse(values)
    return (rows) => {
      const n = rows.length
      return combined(rows, cafShares(squaredDistances(rows), n, resolveTolerance(f, n), greatest))
    }
  },
  [smea.name](values) {
    const { f } = smea.config.parse(values)
    return (rows) => meanOf(rows, calmest(squaredDistances(rows), rows.length, resolveTolerance(f, rows.length)))
  },
}

function meanOfRanks(column: Float64Array, low: number, high: number): number {
  return mean(column.sort().subarray(low, high + 1))
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** In each coordinate the mean of the `keep` values nearest the median, ties to the lowest index. */
function aroundMedian(rows: readonly Row[], keep: number): Float64Array {
  return byCoordinate(rows, (column) => {
    const centre = meanOfRanks(column.slice(), (column.length - 1) >> 1, column.length >> 1)
    const away = Array.from(column, (value) => Math.abs(value - centre))
    return mean(Float64Array.from(lowest(away, keep), (i) => column[i] as number))
  })
}

function bestByKrum(
  rows: readonly Row[],
  f: number,
  count: number,
  { neighbours, squared }: { neighbours: 'n-f-2' | 'n-f-1' | 'n-f'; squared: boolean },
): number[] {
  const n = rows.length
  const distances = squaredDistances(rows)
  const measured = squared ? distances : distances.map(Math.sqrt)
  return lowest(krumScores(measured, n, [...rows.keys()], neighbourCount(n, f, neighbours)), count)
}
