import type { ComputeReply, ComputeRequest } from '#protocol/compute/calls.ts'

/** What a compute thread is told: `close` ends the programs of the user's own rules, then the thread. */
export type ToWorker = readonly ComputeRequest[] | 'close'

/** What it tells: answers, and which programs it has started that are not gone. */
export type FromWorker = readonly ComputeReply[] | { readonly program: 'started' | 'gone'; readonly pid: number }
