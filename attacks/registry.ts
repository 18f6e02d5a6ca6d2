import { signFlip } from './sign-flip.ts'

/** Every attack, in the order of the tables. Adding one is one file and one line. */
export const attacks = [signFlip] as const
