import { expect, test } from 'vitest'
import { configurePipeline } from '#aggregation/pipeline.ts'
import type { CraftContext, Known } from '#attacks/attack.ts'
import { fang } from '#attacks/methods/fang.ts'

const context: CraftContext = { round: 0, n: 6, m: 2, victims: [], random: () => 0.5 }
const rows = (...values: number[][]) => values.map((row) => Float32Array.from(row))
const craft = (values: object, known: Known, facts: Partial<CraftContext> = {}) =>
  fang.configure({ name: 'fang', ...values }).craft(known, { ...context, ...facts })

test('with all honest vectors known, goes beyond their extreme, against honest learning', () => {
  const honest = rows([2, -2, 2, -2], [4, -4, 4, -4])
  const known: Known = { colluders: [], heard: [], honest }
  const previous = Float32Array.of(0, 0, 9, -9)
  const { output } = craft({ knowledge: 'omniscient' }, known, { previous })
  // Half-way: from 1 to 2 below the minimum, -2 to -1 above the maximum; from 4 to 8 above and -8 to -4 below.
  expect([...(output ?? [])]).toEqual([1.5, -1.5, 6, -6])
})

test('with some known, goes three to four deviations from the mean', () => {
  const { output } = craft({}, { colluders: rows([1, -3], [3, -1]) })
  expect([...(output ?? [])]).toEqual([2 - 3.5, -2 + 3.5])
})

test('a coordinate that honest learning does not move keeps the mean', () => {
  const { output } = craft({}, { colluders: rows([1], [3]) }, { previous: Float32Array.of(2) })
  expect([...(output ?? [])]).toEqual([2])
})

test('with form: krum, Krum picks the vector, and not that of twice the step', () => {
  const honest = rows([1, 1.2], [1.1, 0.9], [0.8, 1], [1.3, 1.1], [0.9, 0.8], [1, 1])
  const known: Known = { colluders: [], heard: [], honest }
  const previous = Float32Array.of(1.05, 0.95)
  const { output, z } = craft({ form: 'krum', knowledge: 'omniscient' }, known, { n: 8, m: 2, previous })
  const krum = configurePipeline({ name: 'krum', f: 2 }, 8)
  const picks = (crafted: Float32Array) => {
    const vectors = [...honest, crafted, crafted]
    const { influence } = krum.aggregate({ vectors, own: 0, weights: vectors.map(() => 1 / 8), round: 0, rounds: 1 })
    return (influence[6] as number) + (influence[7] as number) === 1
  }
  const lambda = z as number
  expect(lambda).toBeGreaterThan(0)
  // Honest learning lowers the first and raises the second.
  expect(output?.[0]).toBeCloseTo(1.05 + lambda, 6)
  expect(output?.[1]).toBeCloseTo(0.95 - lambda, 6)
  expect(picks(output as Float32Array)).toBe(true)
  expect(picks(Float32Array.of(1.05 + 2 * lambda, 0.95 - 2 * lambda))).toBe(false)
})

test('with form: krum, states the n and m that it needs', () => {
  expect(() => craft({ form: 'krum' }, { colluders: rows([1], [2]) }, { n: 5, m: 2 })).toThrow(
    'fang with form: krum needs n > 2m + 1, got n=5, m=2',
  )
})
