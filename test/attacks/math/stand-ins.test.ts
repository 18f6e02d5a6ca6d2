import { expect, test } from 'vitest'
import type { CraftContext, GraphKnown } from '#attacks/attack.ts'
import { normal, standIns } from '#attacks/math/stand-ins.ts'
import { randomStream } from '#learning/random.ts'

const context: CraftContext = { round: 0, n: 6, m: 2, victims: [], random: () => 0.5 }
const row = (...members: number[]) => ({ members, weights: members.map(() => 1 / members.length) })
/** Honest 0 - 1 - 2 in a path, Byzantine peers 3 and 4 beside all. */
const graph: GraphKnown = {
  rows: [row(0, 1, 3, 4), row(0, 1, 2, 3, 4), row(1, 2, 3, 4), row(0, 1, 2, 3, 4), row(0, 1, 2, 3, 4)],
  byzantine: [3, 4],
}
const values = (vectors: readonly Float32Array[]) => vectors.map((vector) => vector[0])

test('are the honest neighbours if all are known, with the victim at its position', () => {
  const known = { colluders: [], heard: [], honest: [10, 11, 12].map((value) => Float32Array.of(value)) }
  const { vectors, own } = standIns(known, { peer: 2, n: 4, m: 2 }, { ...context, graph })
  expect(values(vectors)).toEqual([11, 12])
  expect(own).toBe(1)
})

test("hold no vector twice: distant peers' vectors fill up", () => {
  const honest = [10, 11, 12].map((value) => Float32Array.of(value))
  const { vectors } = standIns({ colluders: [], heard: [], honest }, { peer: 0, n: 5, m: 2 }, { ...context, graph })
  expect(values(vectors)).toEqual([10, 11, 12])
})

test("are the received vectors, then the colluders', if only some are known", () => {
  const known = {
    colluders: [Float32Array.of(7), Float32Array.of(8)],
    heard: [{ peer: 1, vector: Float32Array.of(11) }],
  }
  const { vectors, own } = standIns(known, { peer: 1, n: 5, m: 2 }, { ...context, graph })
  expect(values(vectors)).toEqual([11, 7, 8])
  expect(own).toBe(0)
})

test('are drawn from the normal distribution of the known vectors if too few are known', () => {
  const known = { colluders: [Float32Array.of(1), Float32Array.of(3)] }
  expect(values(standIns(known, { n: 6, m: 2 }, context).vectors)).toEqual([1, 3, 2, 2])
  const { vectors } = standIns(known, { n: 2002, m: 0 }, { ...context, random: randomStream(1, 'attack') })
  const drawn = values(vectors).slice(2) as number[]
  const mean = drawn.reduce((a, b) => a + b, 0) / drawn.length
  expect(mean).toBeCloseTo(2, 1)
  expect(drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / drawn.length).toBeCloseTo(1, 0)
})

test('a normal number is finite for every draw', () => {
  for (const draw of [0, 2 ** -53, 1 - 2 ** -53]) expect(Number.isFinite(normal(() => draw))).toBe(true)
  expect(normal(() => 0.5)).toBe(0)
})
