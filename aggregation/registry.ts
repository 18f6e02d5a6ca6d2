import { average } from './average.ts'
import { nnm } from './nnm.ts'

/** Every rule, in the order of the tables. Adding one is one file and one line. */
export const rules = [average] as const

/** Every pre-aggregator; they stand before a rule and compose left to right. */
export const preAggregators = [nnm] as const
