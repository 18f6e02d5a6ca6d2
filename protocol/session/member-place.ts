import type { Model } from '#learning/models/model.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { Compute } from '../compute/compute-client.ts'
import type { Experiment } from '../experiment/schema.ts'
import type { NetworkTransport } from '../network/transport.ts'
import type { Assignment } from '../wire/control.ts'
import type { PeerData } from './held-data.ts'

/** All that a peer needs to begin: its seat, links to its neighbours, data and what computes. */
export interface Place {
  readonly assignment: Assignment
  readonly experiment: Experiment
  readonly data: PeerData
  readonly model: Model
  readonly pool: Compute
  readonly transport: NetworkTransport
  /** Who hears of a peer that signed two updates for one round; nobody before the start. */
  readonly evidence: { heard?: (accused: PeerIndex, bytes: Uint8Array) => void }
}
