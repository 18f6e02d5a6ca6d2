import { defineTopology, type Edge } from '../topology.ts'

/** Peer 0 in the middle, joined to all others, which are joined to it alone: n - 1 edges. */
export const star = defineTopology({
  name: 'star',
  summary: 'Peer 0 in the middle, joined to every other',
  parameters: {},
  edges(_, n) {
    const edges: Edge[] = []
    for (let i = 1; i < n; i++) edges.push([0, i])
    return edges
  },
})
