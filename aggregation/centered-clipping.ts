import { z } from 'zod'
import { squaredDistance } from './distances.ts'
import { defineRule } from './rule.ts'

/**
 * Centered clipping: v <- v + (1/n) sum_i (x_i - v) min(1, tau / |x_i - v|), `iterations` times.
 *
 * Karimireddy, He, Jaggi 2021, https://arxiv.org/abs/2012.10333, Algorithm 2 and section 5 (tau = 100, one iteration).
 * Choices: v begins at the rule's own previous output, which is its `state`; `start` says where it begins without
 * one: the peer's own vector, zero (the paper and ByzFL), or a given vector. Mixing weights are not used; v is kept
 * in float64 between iterations. Influence is each vector's coefficient in the output; what is left to 1 stays with
 * the previous output. O(iterations n d) time, O(d) memory.
 */
export const centeredClipping = defineRule({
  name: 'centered-clipping',
  summary: 'Moves from the last aggregate towards all vectors, none pulling further than tau',
  reference: 'https://arxiv.org/abs/2012.10333',
  parameters: {
    tau: z.number().positive().default(100).describe('Radius: the furthest that one vector can pull'),
    iterations: z.int().min(1).default(1).describe('Clipping steps in one round'),
    start: z
      .union([z.enum(['own', 'zero']), z.array(z.number()).min(1)])
      .default('own')
      .describe("Where the first round begins: the peer's own vector, zero, or a given vector"),
  },
  cost: 'iterations n d',
  requires: 'n >= 1',
  minimum: () => 1,
  aggregate({ vectors, own, state }, { tau, iterations, start }) {
    const n = vectors.length
    const d = vectors[0]?.length ?? 0
    const given = state ?? (start === 'own' ? vectors[own] : start === 'zero' ? new Float32Array(d) : start)
    if (given?.length !== d) throw new RangeError(`centered-clipping starts from ${given?.length} numbers, needs ${d}`)
    const centre = Float64Array.from(given)
    const pull = new Float64Array(d)
    const influence = new Array<number>(n).fill(0)
    let fromStart = 1
    for (let step = 0; step < iterations; step++) {
      const factors = vectors.map((vector) => {
        const distance = Math.sqrt(squaredDistance(vector, centre))
        return distance > tau ? tau / distance : 1
      })
      pull.fill(0)
      vectors.forEach((vector, i) => {
        const factor = factors[i] as number
        for (let k = 0; k < d; k++)
          pull[k] = (pull[k] as number) + factor * ((vector[k] as number) - (centre[k] as number))
      })
      for (let k = 0; k < d; k++) centre[k] = (centre[k] as number) + (pull[k] as number) / n
      const stays = 1 - factors.reduce((sum, factor) => sum + factor, 0) / n
      for (let i = 0; i < n; i++) influence[i] = (influence[i] as number) * stays + (factors[i] as number) / n
      fromStart *= stays
    }
    if (state === undefined && start === 'own') influence[own] = (influence[own] as number) + fromStart
    const output = Float32Array.from(centre)
    return { output, influence, state: output.slice() }
  },
})
