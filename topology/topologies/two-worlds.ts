import * as z from 'zod'
import { simpleEdges } from '../graph.ts'
import { defineTopology } from '../topology.ts'

/**
 * Two complete halves; peer i of the first half is joined to `hyper` peers of the second: the i-th and those after it.
 *
 * Gaucher, Dieuleveut, Hendrikx 2025, https://arxiv.org/abs/2410.10418, and their code (two_worlds): 26 peers with
 * hyper 8 for MNIST, 16 with hyper 6 for CIFAR-10.
 * Choices: with n odd the second half has one peer more, as in the code. In their code every honest peer has b
 * Byzantine neighbours outside the graph; here Byzantine peers are peers of the graph.
 */
export const twoWorlds = defineTopology({
  name: 'two-worlds',
  summary: 'Two complete halves with some links between them (Gaucher et al.)',
  reference: 'https://arxiv.org/abs/2410.10418',
  parameters: {
    hyper: z.int().min(1).describe('Links of each peer of the first half to the other half; at most n / 2'),
  },
  edges({ hyper }, n) {
    const half = Math.floor(n / 2)
    if (hyper > half)
      throw new RangeError(`two-worlds with hyper=${hyper} needs at least ${2 * hyper} peers, got n=${n}`)
    const pairs: [number, number][] = []
    for (let i = 0; i < half; i++) for (let j = i + 1; j < half; j++) pairs.push([i, j])
    for (let i = half; i < n; i++) for (let j = i + 1; j < n; j++) pairs.push([i, j])
    for (let i = 0; i < half; i++) for (let k = 0; k < hyper; k++) pairs.push([i, half + ((i + k) % half)])
    return simpleEdges(pairs)
  },
})
