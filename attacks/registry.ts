import { innerProductManipulation } from './inner-product-manipulation.ts'
import { littleIsEnough } from './little-is-enough.ts'
import { signFlip } from './sign-flip.ts'

/** Every attack, in the order of the tables. Adding one is one file and one line. */
export const attacks = [littleIsEnough, signFlip, innerProductManipulation] as const
