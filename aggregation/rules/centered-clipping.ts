import * as z from 'zod'
import { exactMean, less, normAlong, times } from '../exact/rows.ts'
import type { Row } from '../facts.ts'
import { combination } from '../math/combination.ts'
import { squaredDistancesTo } from '../math/distances.ts'
import { clippingFactor } from '../math/norms.ts'
import { defineRule } from '../rule.ts'

/**
 * Centered clipping: v <- v + (1/n) sum_i (x_i - v) min(1, tau / |x_i - v|), `iterations` times.
 *
 * Karimireddy, He, Jaggi 2021, https://arxiv.org/abs/2012.10333, Algorithm 2 and section 5 (tau = 100, one iteration).
 * Choices: v starts at the rule's previous output, which is its `state`. In the first round it starts at `start`: the
 * peer's own vector, zero (the paper and ByzFL), or a given vector. Mixing weights are not used. Each step is one
 * float64 sum over the vectors and v; v is rounded to float32 between steps. Influence is each vector's coefficient in
 * the output; the rest to 1 belongs to the previous output. O(iterations n d) time, O(d) memory.
 */
export const centeredClipping = defineRule({
  name: 'centered-clipping',
  summary: 'Moves from the last aggregate towards all vectors; none pulls further than tau',
  reference: 'https://arxiv.org/abs/2012.10333',
  parameters: {
    tau: z.number().positive().default(100).describe('Radius: the maximum pull of one vector'),
    iterations: z.int().min(1).max(100_000).default(1).describe('Clipping steps in one round'),
    start: z
      .union([z.enum(['own', 'zero']), z.array(z.number()).min(1)])
      .default('own')
      .describe("Where the first round starts: the peer's own vector, zero, or a given vector"),
  },
  cost: 'iterations n d',
  requires: 'n >= 1',
  minimum: () => 1,
  selfCentred: ({ start }) => start === 'own',
  otherwise: 'start: zero',
  stateIsOutput: true,
  aggregate({ vectors, own, state }, { tau, iterations, start }) {
    const n = vectors.length
    const d = vectors[0]?.length ?? 0
    const given = state ?? (start === 'own' ? vectors[own] : start === 'zero' ? new Float32Array(d) : start)
    if (given?.length !== d) throw new RangeError(`centered-clipping starts from ${given?.length} numbers, needs ${d}`)
    let centre: Float32Array = Float32Array.from(given)
    const influence = new Array<number>(n).fill(0)
    let fromStart = 1
    for (let step = 0; step < iterations; step++) {
      const factors = Array.from(squaredDistancesTo(vectors, centre), (squared) =>
        clippingFactor(Math.sqrt(squared), tau),
      )
      const stays = 1 - factors.reduce((sum, factor) => sum + factor, 0) / n
      const shares = factors.map((factor) => factor / n)
      centre = combination([...vectors, centre], [...shares, stays])
      for (let i = 0; i < n; i++) influence[i] = (influence[i] as number) * stays + (shares[i] as number)
      fromStart *= stays
    }
    if (state === undefined && start === 'own') influence[own] = (influence[own] as number) + fromStart
    return { output: centre, influence, state: centre.slice() }
  },
  exact({ rows, own, state }, { tau, iterations, start }) {
    const mine = rows[own] as Row
    const zero = new Float64Array(mine.length)
    const given = state ?? (start === 'own' ? mine : start === 'zero' ? zero : start)
    if (given.length !== mine.length) {
      throw new RangeError(`centered-clipping starts from ${given.length} numbers, needs ${mine.length}`)
    }
    let v = Float64Array.from(given)
    for (let step = 0; step < iterations; step++) {
      const moves = rows.map((row) => {
        const difference = less(row, v)
        return times(difference, clippingFactor(normAlong(difference), tau))
      })
      const move = exactMean(moves)
      v = v.map((value, k) => value + (move[k] as number))
    }
    return v
  },
  conformance: [{ config: { tau: 100, iterations: 3 }, exceptions: { scale: 'tau is a fixed radius' } }],
})
