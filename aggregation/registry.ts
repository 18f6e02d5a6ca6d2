import { arc } from './arc.ts'
import { average } from './average.ts'
import { balance } from './balance.ts'
import { bridge } from './bridge.ts'
import { bucketing } from './bucketing.ts'
import { bulyan } from './bulyan.ts'
import { caf } from './caf.ts'
import { centeredClipping } from './centered-clipping.ts'
import { cge } from './cge.ts'
import { clippedGossip } from './clipped-gossip.ts'
import { clipping } from './clipping.ts'
import { csPlus } from './cs-plus.ts'
import { dnc } from './dnc.ts'
import { faba } from './faba.ts'
import { geometricMedian } from './geometric-median.ts'
import { gts } from './gts.ts'
import { ios } from './ios.ts'
import { krum } from './krum.ts'
import { mda } from './mda.ts'
import { meanAroundMedianRule } from './mean-around-median.ts'
import { median } from './median.ts'
import { monna } from './monna.ts'
import { multiKrum } from './multi-krum.ts'
import { nnm } from './nnm.ts'
import { signguard } from './signguard.ts'
import { sketchguard } from './sketchguard.ts'
import { smea } from './smea.ts'
import { trimmedMean } from './trimmed-mean.ts'
import { ubar } from './ubar.ts'
import { wfagg } from './wfagg.ts'

/** Every rule, in the order of the tables. Adding one is one file and one line. */
export const rules = [
  average,
  median,
  trimmedMean,
  meanAroundMedianRule,
  krum,
  multiKrum,
  bulyan,
  geometricMedian,
  centeredClipping,
  mda,
  monna,
  caf,
  smea,
  cge,
  dnc,
  signguard,
  faba,
  ios,
  clippedGossip,
  csPlus,
  gts,
  balance,
  ubar,
  sketchguard,
  wfagg,
  bridge,
] as const

/** Every pre-aggregator; they stand before a rule and compose left to right. */
export const preAggregators = [nnm, bucketing, clipping, arc] as const
