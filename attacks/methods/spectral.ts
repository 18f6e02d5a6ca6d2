import * as z from 'zod'
import { fiedlerVector } from '#topology/spectrum/fiedler.ts'
import { defineAttack, type GraphKnown } from '../attack.ts'
import { displacementOf } from '../math/displacement.ts'
import { honestByPeer } from '../math/known.ts'
import { lineSearch, searchParameters } from '../math/line-search.ts'

/**
 * Spectral heterogeneity: push the victims apart along the slowest mode of the honest graph. Victim i gets x_i + t v_i
 * sum_j v_j x_j. v is the Fiedler vector of the Laplacian of the honest peers' graph.
 *
 * Gaucher, Dieuleveut, Hendrikx 2025, https://arxiv.org/abs/2410.10418 (their SpH). The line search of `line-search.ts`
 * finds t against the victim's rule.
 * Choices: the gain is the distance of the aggregate from the honest mean of the victim's neighbourhood; their code
 * takes the norm of the aggregate by mistake. The sign of v cancels. All edges have weight 1; their code uses
 * Metropolis-Hastings weights with b Byzantine peers at each peer. The search only goes forward, as in ByzFL; theirs
 * also goes back. O(n d) per vector, O(n^3) once for v.
 */
export const spectral = defineAttack({
  name: 'spectral',
  summary: 'Pushes the two halves of the honest graph apart',
  reference: 'https://arxiv.org/abs/2410.10418',
  requires: 'the graph; one vector per victim',
  cost: 'n d, once n^3',
  knowledge: ['omniscient'],
  delivery: 'per-victim',
  parameters: {
    t: z
      .union([z.number(), z.literal('optimised')])
      .default('optimised')
      .describe("Factor of the push; optimised: a line search against the victim's rule"),
    search: searchParameters,
  },
  minColluders: () => 1,
  refuse: (_, { delivery }) => (delivery === 'per-victim' ? undefined : `needs delivery: per-victim, got ${delivery}`),
  craft(known, { t, search }, context) {
    const { graph, victims } = context
    if (!graph) throw new RangeError('spectral needs the graph')
    const vectors = honestByPeer(known, context)
    const victim = victims[0]?.peer ?? -1
    const centre = vectors.get(victim)
    if (!centre) throw new RangeError(`spectral needs the vector of its victim, peer ${victim}`)
    const modes = honestModes(graph)
    const along = new Float64Array(centre.length)
    for (const [peer, vector] of vectors) {
      const weight = (modes.get(peer) ?? 0) * (modes.get(victim) ?? 0)
      for (let k = 0; k < along.length; k++) along[k] = (along[k] as number) + weight * (vector[k] as number)
    }
    const pushed = (factor: number): Float64Array =>
      Float64Array.from(centre, (value, k) => value + factor * (along[k] as number))
    if (t !== 'optimised') return { output: Float32Array.from(pushed(t)), z: t }
    const gain = displacementOf(known, context, 'spectral')
    const { z: factor, trace } = lineSearch((tried) => gain(pushed(tried)), search)
    return { output: Float32Array.from(pushed(factor)), z: factor, trace }
  },
  example: {
    told: {
      victim: 0,
      aggregation: { name: 'average' },
      edges: [...[0, 1, 2, 3, 4].map((peer) => [peer, peer + 1]), ...[0, 5].map((peer) => [peer, 6])],
    },
  },
})

const modesOf = new WeakMap<GraphKnown, ReadonlyMap<number, number>>()

/** The Fiedler vector of the honest peers' graph, by peer; computed once per graph. */
function honestModes(graph: GraphKnown): ReadonlyMap<number, number> {
  const found = modesOf.get(graph)
  if (found) return found
  const byzantinePeers = new Set(graph.byzantine)
  const honest = graph.rows.map((_, peer) => peer).filter((peer) => !byzantinePeers.has(peer))
  const position = new Map(honest.map((peer, i) => [peer, i]))
  const neighbours = honest.map((peer) =>
    (graph.rows[peer]?.members ?? []).flatMap((other) => (other === peer ? [] : (position.get(other) ?? []))),
  )
  const vector = fiedlerVector(neighbours)
  const modes = new Map(honest.map((peer, i) => [peer, vector[i] as number]))
  modesOf.set(graph, modes)
  return modes
}
