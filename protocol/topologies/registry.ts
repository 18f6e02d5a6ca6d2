import { complete } from './complete.ts'

/** Every topology, in the order of the tables. */
export const topologies = [complete] as const
