import { backdoor } from './backdoor.ts'
import { dissensus } from './dissensus.ts'
import { fang } from './fang.ts'
import { gaussian } from './gaussian.ts'
import { innerProductManipulation } from './inner-product-manipulation.ts'
import { labelFlip } from './label-flip.ts'
import { littleIsEnough } from './little-is-enough.ts'
import { mimic } from './mimic.ts'
import { minMax } from './min-max.ts'
import { minSum } from './min-sum.ts'
import { mixedOf } from './mixed.ts'
import { nonFinite } from './non-finite.ts'
import { replay } from './replay.ts'
import { signFlip } from './sign-flip.ts'
import { spectral } from './spectral.ts'
import { stall } from './stall.ts'
import { zero } from './zero.ts'

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

/** Every attack, in the order of the tables. Adding one is one file and one line. */
export const attacks = [...single, mixedOf(single)] as const
