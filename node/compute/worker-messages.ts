import type { ComputeReply, ComputeRequest } from '#protocol/compute/calls.ts'

/** A message to a compute thread. `close` ends the programs of external rules, then the thread. */
export type ToWorker = readonly ComputeRequest[] | 'close'

/** A message from a compute thread: replies, the start or exit of a program, or the begin or end of an aggregation. */
export type FromWorker =
  | readonly ComputeReply[]
  | { readonly program: 'started' | 'gone'; readonly pid: number }
  | { readonly ownRule: 'begins' | 'ends' }
