import type { PeerIndex } from '#topology/graph.ts'
import type { Update } from '../round/update.ts'
import type { ConductMemory, Resumable } from './checkpoint.ts'
import type { Transport } from './ports.ts'

/**
 * How a peer treats what it sends. Honest code has no Byzantine branch: a Byzantine peer differs from an honest peer
 * only by the conduct that it is given.
 */
export interface Conduct {
  /** Sends this round's update to the neighbours, now or later; `start` is the model at the start of the round (d). */
  send(own: Update, neighbours: readonly PeerIndex[], transport: Transport, start: Float32Array): void
  /** Sees each update that arrived from a neighbour; `use` hands it to the round, at once or later. */
  arrived(update: Update, use: () => void): void
  /** Sees the honest vector of another colluder. */
  colluded(update: Update): void
  /** Whether the updates of a round cannot be aggregated yet; `go` is called when they can. */
  defers(round: number, go: () => void): boolean
  /** What to aggregate in place of an update, the own one among them; honest peers take each as it is. */
  received(update: Update): Update
  /** What it remembers across rounds; nothing where left out. */
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
