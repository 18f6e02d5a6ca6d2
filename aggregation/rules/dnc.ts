import * as z from 'zod'
import { distancesToPoint } from '../math/combination.ts'
import { squaredDistances } from '../math/distances.ts'
import { drawing, sample } from '../math/draw.ts'
import { lowest } from '../math/krum-score.ts'
import { equalShares, meanOf } from '../math/mean.ts'
import { centredGram, principal } from '../math/principal.ts'
import { defineRule, tolerance } from '../rule.ts'

/**
 * Divide and conquer. Each turn draws `sample` coordinates, centres the vectors there, and scores each by its squared
 * projection on the top right singular vector: s_i = ((x_i - mean) . v)^2. It drops the floor(filter f) highest scores.
 * The output is the mean of the vectors that stayed in every turn.
 *
 * Shejwalkar, Houmansadr 2021 (NDSS), https://doi.org/10.14722/ndss.2021.24498, Algorithm 2. Holds for n > 2f and
 * filter f < n.
 * Choices: defaults are those of Blades (10,000 coordinates, filter 1), with one turn. The singular vector is exact,
 * from the n x n Gram matrix. Among equal scores the highest index is dropped. If no vector stayed in every turn, those
 * that stayed in most turns are averaged. If the sample covers all d coordinates, no random number is drawn.
 * O(iterations (n^2 sample + n^3) + n d) time.
 */
export const dnc = defineRule({
  name: 'dnc',
  summary: 'Drops the vectors with the longest projections on the direction of greatest variance',
  reference: 'https://doi.org/10.14722/ndss.2021.24498',
  parameters: {
    f: tolerance,
    iterations: z.int().min(1).max(100_000).default(1).describe('Turns, each with its own coordinates'),
    sample: z.int().min(1).default(10_000).describe('Coordinates drawn in one turn, at most all'),
    filter: z.number().positive().default(1).describe('Vectors dropped in one turn, as a multiple of f'),
  },
  cost: 'iterations (n^2 sample + n^3) + n d',
  requires: 'n > 2f and n > filter f',
  minimum: ({ f, filter }) => Math.max(2 * f, Math.floor(filter * f)) + 1,
  aggregate({ vectors, random }, { f, iterations, sample: wanted, filter }) {
    const n = vectors.length
    const d = vectors[0]?.length ?? 0
    const count = Math.min(d, wanted)
    const stayed = new Array<number>(n).fill(0)
    for (let turn = 0; turn < iterations; turn++) {
      const coordinates = count < d ? sample(drawing('dnc', random), d, count) : undefined
      const drawn = coordinates ? vectors.map((vector) => numbersAt(vector, coordinates)) : vectors
      for (const i of lowest(outlierScores(drawn), n - Math.floor(filter * f))) stayed[i] = (stayed[i] as number) + 1
    }
    const max = Math.max(...stayed)
    const chosen = [...stayed.keys()].filter((i) => stayed[i] === max)
    return { output: meanOf(vectors, chosen), influence: equalShares(n, chosen) }
  },
  conformance: [{}, { title: 'on samples', config: { iterations: 3, sample: 2, filter: 0.5 } }],
})

function numbersAt(vector: Float32Array, coordinates: Uint32Array): Float32Array {
  const numbers = new Float32Array(coordinates.length)
  for (let at = 0; at < numbers.length; at++) numbers[at] = vector[coordinates[at] as number] as number
  return numbers
}

/** Squared projections on the top right singular vector of the centred vectors, up to their common factor. */
function outlierScores(vectors: readonly Float32Array[]): number[] {
  const n = vectors.length
  const distances = squaredDistances(vectors)
  const shares = new Array<number>(n).fill(1 / n)
  const { vector } = principal(centredGram(distances, n, distancesToPoint(distances, n, shares)), n)
  return Array.from(vector, (component) => component * component)
}
