import { dirichlet } from './dirichlet.ts'
import { iid } from './iid.ts'

/** Every partition, in the order of the tables. */
export const partitions = [iid, dirichlet] as const
