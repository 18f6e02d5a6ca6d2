import { iid } from './iid.ts'

/** Every partition, in the order of the tables. */
export const partitions = [iid] as const
