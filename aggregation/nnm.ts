import { definePreAggregator, tolerance } from './rule.ts'

/**
 * Nearest-neighbour mixing: y_i = mean of the n - f vectors nearest to x_i in Euclidean distance, x_i included.
 *
 * Allouah et al. 2023, https://arxiv.org/abs/2302.01772, Algorithm 2. Choices: ties go to the lowest index.
 * O(n^2 d) time, O(n^2 + n d) memory.
 */
export const nnm = definePreAggregator({
  name: 'nnm',
  summary: 'Replaces each vector by the mean of its n - f nearest, itself included',
  reference: 'https://arxiv.org/abs/2302.01772',
  parameters: { f: tolerance },
  cost: 'n^2 d',
  requires: 'n > 2f',
  minimum: ({ f }) => 2 * f + 1,
  transform({ vectors, own }, { f }) {
    const n = vectors.length
    const d = vectors[0]?.length ?? 0
    const mixing: number[][] = []
    const mixed = vectors.map((x) => {
      const distances = vectors.map((y) => {
        let sum = 0
        for (let k = 0; k < d; k++) sum += ((x[k] as number) - (y[k] as number)) ** 2
        return sum
      })
      const nearest = distances
        .map((_, j) => j)
        .sort((a, b) => (distances[a] as number) - (distances[b] as number) || a - b)
        .slice(0, n - f)
        .sort((a, b) => a - b)
      const row = new Array<number>(n).fill(0)
      for (const j of nearest) row[j] = 1 / (n - f)
      mixing.push(row)
      const output = new Float32Array(d)
      for (let k = 0; k < d; k++) {
        let sum = 0
        for (const j of nearest) sum += (vectors[j] as Float32Array)[k] as number
        output[k] = sum / (n - f)
      }
      return output
    })
    return { vectors: mixed, mixing, own }
  },
})
