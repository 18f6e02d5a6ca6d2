import type { Row } from '../facts.ts'
import { lowest } from '../math/krum-score.ts'
import { byCoordinate } from './rows.ts'

/** Coordinate-wise mean (d) of the values of rank `low` to `high`, inclusive, ascending from 0. */
export function exactMeanOfRanks(rows: readonly Row[], low: number, high: number): Float64Array {
  return byCoordinate(rows, (column) => meanOfRanks(column, low, high))
}

/** Coordinate-wise mean (d) of the `keep` values nearest the median; ties go to the lowest index. */
export function exactMeanAroundMedian(rows: readonly Row[], keep: number): Float64Array {
  return byCoordinate(rows, (column) => {
    const centre = meanOfRanks(column.slice(), (column.length - 1) >> 1, column.length >> 1)
    const away = Array.from(column, (value) => Math.abs(value - centre))
    return mean(Float64Array.from(lowest(away, keep), (i) => column[i] as number))
  })
}

function meanOfRanks(column: Float64Array, low: number, high: number): number {
  return mean(column.sort().subarray(low, high + 1))
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
