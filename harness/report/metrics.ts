import { realisedZ, supporters } from '#attacks/observed.ts'
import type { PeerIndex } from '#protocol/ports.ts'
import type { NeighbourhoodFigures } from './summary.ts'

export type Role = 'honest' | 'byzantine'

/** One aggregation at an honest peer, with the roles that the peer itself does not know. */
export interface Neighbourhood {
  readonly round: number
  readonly peer: PeerIndex
  /** What the rule made of the members' vectors (d). */
  readonly output: Float32Array
  /** The closed neighbourhood as far as its vectors were used, own one included. */
  readonly members: readonly { readonly peer: PeerIndex; readonly vector: Float32Array; readonly role: Role }[]
  /** Influence of each used vector in the output, own included: [peer, share]. */
  readonly influence: readonly (readonly [PeerIndex, number])[]
}

/**
 * What the liars' vectors did in one neighbourhood (DESIGN, section 9). Exact on vectors, an estimate on sketches.
 * Choices: with several liars realised z and supporters are means over their vectors, one term for each liar;
 * both need two honest vectors that differ. O(members x d).
 */
export function neighbourhoodFigures({ round, peer, output, members, influence }: Neighbourhood): NeighbourhoodFigures {
  const honest = members.filter((member) => member.role === 'honest').map((member) => member.vector)
  const crafted = members.filter((member) => member.role === 'byzantine')
  const liars = new Set(crafted.map((member) => member.peer))
  const spread = honest.length > 0 ? consensusDistance(honest) : 0
  const factors = spread > 0 ? crafted.map((member) => realisedZ(member.vector, honest)) : []
  return {
    round,
    peer,
    realisedZ: factors.length === 0 ? null : average(factors),
    supporters:
      factors.length === 0 ? null : average(factors.map((z) => supporters(honest, z < 0 ? 1 : -1, Math.abs(z)))),
    byzantineInfluence: influence.reduce((sum, [from, share]) => sum + (liars.has(from) ? share : 0), 0),
    kappa: spread > 0 ? squaredDistance(output, meanVector(honest)) / spread : null,
  }
}

/**
 * Consensus distance: (1/n) sum |x_i - mean|^2 over n vectors of length d.
 * Kong et al. 2021, https://arxiv.org/abs/2102.04828, section 3 (squared here). Accumulates in float64 in index order.
 */
export function consensusDistance(vectors: readonly Float32Array[]): number {
  const centre = meanVector(vectors)
  return average(vectors.map((vector) => squaredDistance(vector, centre)))
}

function meanVector(vectors: readonly Float32Array[]): Float64Array {
  const first = vectors[0]
  if (!first) throw new RangeError('consensus distance needs at least one vector, got none')
  const sum = new Float64Array(first.length)
  for (const vector of vectors) for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] as number) + (vector[k] as number)
  return sum.map((value) => value / vectors.length)
}

function squaredDistance(a: Float32Array, b: Float64Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += ((a[k] as number) - (b[k] as number)) ** 2
  return sum
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
