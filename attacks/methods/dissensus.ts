import * as z from 'zod'
import { defineAttack } from '../attack.ts'
import { honestByPeer, ownVector } from '../math/known.ts'

/**
 * Dissensus: cancel the victim's gossip, so that peers drift apart. Victim i gets x_i - epsilon sum_k W_ik (x_k - x_i)
 * / sum_j W_ij; k runs over its honest neighbours, j over its Byzantine neighbours.
 *
 * He, Karimireddy, Jaggi 2022 (ClippedGossip), https://arxiv.org/abs/2202.01545. Epsilon 1 cancels plain gossip
 * averaging exactly; the default 1.5 is the value in their experiments. W are the mixing weights (Metropolis).
 * Choices: unknown honest neighbours are left out. If the victim's vector is unknown, the crafting peer sends its own
 * vector. O(K d) for K neighbours.
 */
export const dissensus = defineAttack({
  name: 'dissensus',
  summary: "Cancels the pull of the victim's honest neighbours",
  reference: 'https://arxiv.org/abs/2202.01545',
  requires: 'the graph; one vector per victim',
  cost: 'K d for K neighbours',
  knowledge: ['neighbourhood', 'omniscient'],
  delivery: 'per-victim',
  parameters: {
    epsilon: z
      .number()
      .default(1.5)
      .describe("Share of the honest neighbours' pull that is cancelled; 1 cancels all of it"),
  },
  minColluders: () => 1,
  refuse: (_, { delivery }) => (delivery === 'per-victim' ? undefined : `needs delivery: per-victim, got ${delivery}`),
  craft(known, { epsilon }, context) {
    const { graph, victims } = context
    if (!graph) throw new RangeError('dissensus needs the graph')
    const victim = victims[0]?.peer ?? -1
    const vectors = honestByPeer(known, context)
    const centre = vectors.get(victim)
    const row = graph.rows[victim]
    if (!centre || !row) return { output: ownVector(known, context).slice() }
    const pull = new Float64Array(centre.length)
    const byzantine = new Set(graph.byzantine)
    let byzantinePeers = 0
    row.members.forEach((member, i) => {
      const weight = row.weights[i] as number
      if (byzantine.has(member)) byzantinePeers += weight
      const vector = vectors.get(member)
      if (!vector || member === victim) return
      for (let k = 0; k < pull.length; k++) {
        pull[k] = (pull[k] as number) + weight * ((vector[k] as number) - (centre[k] as number))
      }
    })
    if (!(byzantinePeers > 0))
      throw new RangeError(`dissensus needs a Byzantine neighbour of its victim: peer ${victim} has none`)
    const scale = epsilon / byzantinePeers
    return { output: Float32Array.from(centre, (value, k) => value - scale * (pull[k] as number)) }
  },
  example: { told: { victim: 0 } },
})
