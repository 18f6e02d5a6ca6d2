import { complete } from './complete.ts'
import { fromFile } from './from-file.ts'
import { randomRegular } from './random-regular.ts'
import { ring } from './ring.ts'
import { star } from './star.ts'
import { torus } from './torus.ts'

/** Every topology, in the order of the tables. Adding one is one file and one line. */
export const topologies = [ring, torus, complete, star, randomRegular, fromFile] as const
