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
  /** The number of training examples of each peer, and of each label. */
  readonly holdings: readonly Pick<RosterEntry, 'examples' | 'labels'>[]
  readonly node: OverlayNode
  readonly seating: Seating
  /** Path of a seat's data below the page's `data/`; undefined if the peer reads its own files. */
  readonly dataUrlOf?: (seat: number) => string | undefined
  /** The addresses that peers receive of one another, instead of those from hello. In hosted runs all look alike. */
  readonly addressesOf?: (peerId: string) => readonly string[]
  /** Draws a secret seed of batches for each peer (hosted runs), so that no outsider can recompute its gradients. */
  readonly batchSeed?: () => number
  readonly record: (event: LoggedEvent) => void
  /** Called when the number of taken seats changes before the start. */
  readonly seated?: (count: number) => void
  /** Writes a line to stderr: a peer stopped, is silent, or is no longer read. */
  readonly say?: (line: string) => void
  /** If no running peer reports for this long, all of them count as gone. One minute by default. */
  readonly silenceMs?: number
  /** Time limits for the guests of an open seating; by default they follow from the number of edges. */
  readonly patience?: WiringPatience
}
