import { randomStream } from '#learning/random.ts'
import type { Experiment } from './experiment.ts'
import { neighbourLists } from './graph.ts'
import { place } from './placement.ts'
import { topologies } from './topologies/registry.ts'
import type { Edge } from './topologies/topology.ts'

/** Who talks to whom in an experiment, and who lies. The Byzantine part is for the harness and the liars alone. */
export interface Overlay {
  readonly n: number
  /** Each once, lower index first, sorted. */
  readonly edges: readonly Edge[]
  /** Neighbours of each peer (n lists), ascending. */
  readonly neighbours: readonly (readonly number[])[]
  /** Byzantine peers, ascending. */
  readonly byzantine: readonly number[]
}

/**
 * The overlay of an experiment, from its seed: equal in every runtime. The streams are keyed `topology` and
 * `placement`. Throws RangeError where topology or placement do not fit the number of peers.
 */
export function overlayOf({ peers, topology, seed }: Pick<Experiment, 'peers' | 'topology' | 'seed'>): Overlay {
  const n = peers.honest + peers.byzantine
  const declaration = topologies.find(({ name }) => name === topology.name)
  if (!declaration) throw new RangeError(`there is no topology named ${topology.name}`)
  const edges = declaration.build(topology, n, randomStream(seed, 'topology'))
  const byzantine = place(peers.placement, n, peers.byzantine, edges, randomStream(seed, 'placement'))
  return { n, edges, neighbours: neighbourLists(n, edges), byzantine }
}
