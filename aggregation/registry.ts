import { average } from './average.ts'
import { bulyan } from './bulyan.ts'
import { centeredClipping } from './centered-clipping.ts'
import { krum } from './krum.ts'
import { median } from './median.ts'
import { multiKrum } from './multi-krum.ts'
import { nnm } from './nnm.ts'
import { trimmedMean } from './trimmed-mean.ts'

/** Every rule, in the order of the tables. Adding one is one file and one line. */
export const rules = [average, median, trimmedMean, krum, multiKrum, bulyan, centeredClipping] as const

/** Every pre-aggregator; they stand before a rule and compose left to right. */
export const preAggregators = [nnm] as const
