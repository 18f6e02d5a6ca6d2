import type { Experiment } from '#protocol/experiment/schema.ts'
import type { OverlayNode } from '#protocol/network/overlay-node.ts'
import type { Plan } from '#protocol/plan/plan.ts'
import type { LoggedEvent, RosterEntry } from '#protocol/record/events.ts'
import type { WiringPatience } from './eviction.ts'
import type { Seating } from './seats.ts'

export interface CoordinatorOptions {
  readonly experiment: Experiment
  readonly experimentId: string
  readonly plan: Plan
  /** How many training examples each peer holds. */
  readonly holdings: readonly Pick<RosterEntry, 'examples' | 'labels'>[]
  readonly node: OverlayNode
  readonly seating: Seating
  /** Where the peer of a seat fetches its data, relative to the page's `data/`; undefined where it reads its own files. */
  readonly dataUrlOf?: (seat: number) => string | undefined
  /** The addresses that peers are told of one another, instead of those that each gave (hosted runs: all alike). */
  readonly addressesOf?: (peerId: string) => readonly string[]
  /** Gives every peer secret batches (hosted runs), from which no outsider can replay its gradients. */
  readonly batchSeed?: () => number
  readonly record: (event: LoggedEvent) => void
  /** A seat was taken or left before the start. */
  readonly seated?: (count: number) => void
  /** A line for stderr: a peer stopped, is silent, or is no longer read. */
  readonly say?: (line: string) => void
  /** After this long without a word of any running peer, all of them count as gone; a minute by default. */
  readonly silenceMs?: number
  /** How long guests of an open seating may take to be wired; by default as long as their edges need. */
  readonly patience?: WiringPatience
}
