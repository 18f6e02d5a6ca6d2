import type { PeerIndex } from '#topology/graph.ts'
import type { Update } from '../round/update.ts'
import type { ConductMemory, Resumable } from './checkpoint.ts'
import type { Transport } from './ports.ts'

/**
 * How a peer handles the updates that it sends and receives. A Byzantine peer differs from an honest peer only by its
 * conduct: honest code has no Byzantine branch.
 */
export interface Conduct {
  /** Sends this round's update to the neighbours, now or later; `start` is the model at the start of the round (d). */
  send(own: Update, neighbours: readonly PeerIndex[], transport: Transport, start: Float32Array): void
  /** Receives each update of a neighbour; `use` gives it to the round, now or later. */
  arrived(update: Update, use: () => void): void
  /** Receives the honest vector of a colluder. */
  colluded(update: Update): void
  /** Whether to delay the aggregation of a round; `go` is called when it can begin. */
  defers(round: number, go: () => void): boolean
  /** The update to aggregate instead of this one, which may be the peer's own; honest peers return it unchanged. */
  received(update: Update): Update
  /** Its memory across rounds; absent if it has none. */
  readonly memory?: Resumable<ConductMemory>
}

export const honestConduct: Conduct = {
  send(own, neighbours, transport) {
    for (const neighbour of neighbours) transport.send(neighbour, own)
  },
  arrived: (_, use) => use(),
  colluded() {},
  defers: () => false,
  received: (update) => update,
}
