import { expect, test } from 'vitest'
import { gaussian } from '#attacks/methods/gaussian.ts'
import { randomStream } from '#learning/random.ts'

const known = { colluders: [Float32Array.of(2, -4), Float32Array.of(6, 0)] }
const context = { round: 0, n: 4, m: 2, victims: [], random: () => 0.5 }

test('the median draw is mu, around zero or around the mean', () => {
  const craft = (values: object) => gaussian.configure({ name: 'gaussian', ...values }).craft(known, context).output
  expect([...(craft({ mu: 3, sigma: 10 }) ?? [])]).toEqual([3, 3])
  expect([...(craft({ mu: 3, centre: 'mean' }) ?? [])]).toEqual([7, 1])
})

test('has the given mean and deviation', () => {
  const wide = { colluders: [new Float32Array(20_000)] }
  const random = randomStream(3, 'noise')
  const { output } = gaussian.configure({ name: 'gaussian', mu: 5, sigma: 2 }).craft(wide, { ...context, random })
  const values = [...(output ?? [])]
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  expect(mean).toBeCloseTo(5, 1)
  expect(variance).toBeGreaterThan(3.8)
  expect(variance).toBeLessThan(4.2)
})

test('is finite for a draw of 0', () => {
  const { output } = gaussian.configure({ name: 'gaussian' }).craft(known, { ...context, random: () => 0 })
  expect(output?.every(Number.isFinite)).toBe(true)
})
