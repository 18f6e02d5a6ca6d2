import { defineTopology, type Edge } from '../topology.ts'

/** A line: peer i beside i - 1 and i + 1, the ends beside one. n - 1 edges. */
export const chain = defineTopology({
  name: 'chain',
  summary: 'A line, each peer beside the one before and the one after',
  parameters: {},
  edges(_, n) {
    return Array.from({ length: Math.max(0, n - 1) }, (_, i): Edge => [i, i + 1])
  },
})
