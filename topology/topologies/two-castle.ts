import { simpleEdges } from '../graph.ts'
import { defineTopology } from '../topology.ts'

/**
 * Two complete halves of k = n / 2 peers. Each peer is also joined to all of the other half except its counterpart i +
 * k: the complete graph without a perfect matching.
 *
 * Wu, Chen, Ling 2023, https://doi.org/10.1109/TSP.2023.3274325, and their code (ByrdLab, TwoCastle).
 */
export const twoCastle = defineTopology({
  name: 'two-castle',
  summary: 'Two complete halves; each peer is joined to all of the other but its counterpart',
  parameters: {},
  edges(_, n) {
    if (n < 6 || n % 2 !== 0) throw new RangeError(`two-castle needs an even number of at least 6 peers, got n=${n}`)
    const half = n / 2
    const pairs: [number, number][] = []
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) if (j - i !== half) pairs.push([i, j])
    return simpleEdges(pairs)
  },
})
