import { defineTopology, type Edge } from '../topology.ts'

/** A line: peer i is joined to i - 1 and i + 1; the two ends have one neighbour. n - 1 edges. */
export const chain = defineTopology({
  name: 'chain',
  summary: 'A line: each peer is joined to the one before and the one after',
  parameters: {},
  edges(_, n) {
    return Array.from({ length: Math.max(0, n - 1) }, (_, i): Edge => [i, i + 1])
  },
})
