import * as z from 'zod'
import { compareEdges } from '../graph.ts'
import { defineTopology, type Edge } from '../topology.ts'

/**
 * A tree filled level by level: peer 0 is the root, and the parent of peer i is floor((i - 1) / branching). With
 * branching 2 it is the binary tree of He et al. 2022 (https://arxiv.org/abs/2202.01545).
 */
export const tree = defineTopology({
  name: 'tree',
  summary: 'A tree with peer 0 at its root, filled level by level',
  parameters: {
    branching: z.int().min(1).default(2).describe('Children of each peer; the last level may be incomplete'),
  },
  edges({ branching }, n) {
    const edges = Array.from({ length: Math.max(0, n - 1) }, (_, k): Edge => [Math.floor(k / branching), k + 1])
    return edges.sort(compareEdges)
  },
})
