import { defineTopology, type Edge } from '../topology.ts'

/** Every pair of peers is joined: n (n - 1) / 2 edges. */
export const complete = defineTopology({
  name: 'complete',
  summary: 'Every peer is joined to every other',
  parameters: {},
  edges(_, n) {
    const edges: Edge[] = []
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) edges.push([i, j])
    return edges
  },
})
