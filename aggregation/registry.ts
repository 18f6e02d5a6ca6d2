import { arc } from './pre-aggregators/arc.ts'
import { bucketing } from './pre-aggregators/bucketing.ts'
import { clipping } from './pre-aggregators/clipping.ts'
import { nnm } from './pre-aggregators/nnm.ts'
import { average } from './rules/average.ts'
import { balance } from './rules/balance.ts'
import { bridge } from './rules/bridge.ts'
import { bulyan } from './rules/bulyan.ts'
import { caf } from './rules/caf.ts'
import { centeredClipping } from './rules/centered-clipping.ts'
import { cge } from './rules/cge.ts'
import { clippedGossip } from './rules/clipped-gossip.ts'
import { csPlus } from './rules/cs-plus.ts'
import { dnc } from './rules/dnc.ts'
import { faba } from './rules/faba.ts'
import { geometricMedian } from './rules/geometric-median.ts'
import { gts } from './rules/gts.ts'
import { ios } from './rules/ios.ts'
import { krum } from './rules/krum.ts'
import { mda } from './rules/mda.ts'
import { meanAroundMedianRule } from './rules/mean-around-median.ts'
import { median } from './rules/median.ts'
import { monna } from './rules/monna.ts'
import { multiKrum } from './rules/multi-krum.ts'
import { signguard } from './rules/signguard.ts'
import { sketchguard } from './rules/sketchguard.ts'
import { smea } from './rules/smea.ts'
import { trimmedMean } from './rules/trimmed-mean.ts'
import { ubar } from './rules/ubar.ts'
import { wfagg } from './rules/wfagg.ts'

/**
 * Every rule, in the order of the tables. To add one, add its file, its import and its entry here (docs/extending.md).
 */
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

/** Every pre-aggregator. They run before a rule, from left to right. */
export const preAggregators = [nnm, bucketing, clipping, arc] as const
