import { squaredDistance } from '#aggregation/math/distances.ts'
import { realisedZ, spreadOf, supporters } from '#attacks/math/observed.ts'
import { meanOf, squaredDistancesTo } from '#attacks/math/statistics.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { NeighbourhoodFigures } from './figures.ts'

export type Role = 'honest' | 'byzantine'

/** One aggregation at an honest peer, with the members' roles, which the peer does not know. */
export interface Neighbourhood {
  readonly round: number
  readonly peer: PeerIndex
  /** The rule's output (d). */
  readonly output: Float32Array
  /** The members of the closed neighbourhood with a vector in the aggregation, including the peer's own. */
  readonly members: readonly { readonly peer: PeerIndex; readonly vector: Float32Array; readonly role: Role }[]
  /** Influence of each of these vectors in the output: [peer, share]. */
  readonly influence: readonly (readonly [PeerIndex, number])[]
}

/**
 * The effect of the Byzantine peers' vectors in one neighbourhood. Exact on vectors, an estimate on sketches.
 * Choices: with several Byzantine peers, realised z and supporters are means with one term per Byzantine peer. Both
 * need two different honest vectors. O(members x d); an array that several Byzantine peers share counts once in the
 * work.
 */
export function neighbourhoodFigures({ round, peer, output, members, influence }: Neighbourhood): NeighbourhoodFigures {
  const byzantinePeers = new Set(members.filter((member) => member.role === 'byzantine').map((member) => member.peer))
  return {
    round,
    peer,
    ...vectorFigures({ output, members }),
    byzantineInfluence: influenceOfByzantine(influence, byzantinePeers),
  }
}

/** The summed influence of the Byzantine peers' vectors. */
export function influenceOfByzantine(
  influence: Neighbourhood['influence'],
  byzantinePeers: ReadonlySet<PeerIndex>,
): number {
  return influence.reduce((sum, [from, share]) => sum + (byzantinePeers.has(from) ? share : 0), 0)
}

/** The figures that depend on the output and the members' vectors alone. */
export function vectorFigures({
  output,
  members,
}: Pick<Neighbourhood, 'output' | 'members'>): Pick<NeighbourhoodFigures, 'realisedZ' | 'supporters' | 'kappa'> {
  const honest = members.filter((member) => member.role === 'honest').map((member) => member.vector)
  const crafted = members.filter((member) => member.role === 'byzantine').map((member) => member.vector)
  if (honest.length === 0) return { realisedZ: null, supporters: null, kappa: null }
  const centre = meanVector(honest)
  const distance = average(squaredDistancesTo(honest, centre))
  if (!(distance > 0)) return { realisedZ: null, supporters: null, kappa: null }
  const kappa = squaredDistance(output, centre) / distance
  if (crafted.length === 0) return { realisedZ: null, supporters: null, kappa }
  const spread = spreadOf(honest, centre)
  const seen = new Map<Float32Array, { readonly z: number; readonly beyond: number }>()
  for (const vector of crafted) {
    if (seen.has(vector)) continue
    const z = realisedZ(vector, honest, spread)
    seen.set(vector, { z, beyond: supporters(honest, z < 0 ? 1 : -1, Math.abs(z), spread) })
  }
  const figures = crafted.map((vector) => seen.get(vector) as { z: number; beyond: number })
  return {
    realisedZ: average(figures.map(({ z }) => z)),
    supporters: average(figures.map(({ beyond }) => beyond)),
    kappa,
  }
}

/**
 * Consensus distance: (1/n) sum |x_i - mean|^2 over n vectors of length d.
 * Kong et al. 2021, https://arxiv.org/abs/2102.04828, section 3 (squared here). Accumulates in float64 in index order.
 */
export function consensusDistance(vectors: readonly Float32Array[]): number {
  const first = vectors[0]
  if (first && vectors.every((vector) => vector === first)) return 0
  const centre = meanVector(vectors)
  return average(squaredDistancesTo(vectors, centre))
}

function meanVector(vectors: readonly Float32Array[]): Float64Array {
  if (vectors.length === 0) throw new RangeError('consensus distance needs at least one vector, got none')
  return meanOf(vectors)
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
