import type { ComputeReply, ComputeRequest } from '#protocol/compute/calls.ts'

/** A message to a compute thread. `close` ends the programs of external rules, then the thread. */
export type ToWorker = readonly ComputeRequest[] | 'close'

/** A message from a compute thread: replies, or the start or exit of a program. */
export type FromWorker = readonly ComputeReply[] | { readonly program: 'started' | 'gone'; readonly pid: number }
