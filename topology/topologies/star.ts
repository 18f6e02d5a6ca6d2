import { defineTopology, type Edge } from '../topology.ts'

/** Peer 0 in the middle is joined to all others; they have no other neighbour. n - 1 edges. */
export const star = defineTopology({
  name: 'star',
  summary: 'Peer 0 in the middle is joined to every other',
  parameters: {},
  edges(_, n) {
    const edges: Edge[] = []
    for (let i = 1; i < n; i++) edges.push([0, i])
    return edges
  },
})
