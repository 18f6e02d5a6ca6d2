import { backdoor } from './methods/backdoor.ts'
import { dissensus } from './methods/dissensus.ts'
import { fang } from './methods/fang.ts'
import { gaussian } from './methods/gaussian.ts'
import { innerProductManipulation } from './methods/inner-product-manipulation.ts'
import { labelFlip } from './methods/label-flip.ts'
import { littleIsEnough } from './methods/little-is-enough.ts'
import { mimic } from './methods/mimic.ts'
import { minMax } from './methods/min-max.ts'
import { minSum } from './methods/min-sum.ts'
import { mixedOf } from './methods/mixed.ts'
import { nonFinite } from './methods/non-finite.ts'
import { replay } from './methods/replay.ts'
import { signFlip } from './methods/sign-flip.ts'
import { spectral } from './methods/spectral.ts'
import { stall } from './methods/stall.ts'
import { zero } from './methods/zero.ts'

const single = [
  littleIsEnough,
  backdoor,
  signFlip,
  innerProductManipulation,
  gaussian,
  mimic,
  labelFlip,
  minMax,
  minSum,
  fang,
  dissensus,
  spectral,
  zero,
  nonFinite,
  replay,
  stall,
] as const

/**
 * Every attack, in the order of the tables. To add one, add its file, its import and its entry here
 * (docs/extending.md).
 */
export const attacks = [...single, mixedOf(single)] as const
