import { expect, test } from 'vitest'
import { applyDescent, applyMomentum } from '#learning/descent.ts'

test('two steps with momentum and dampening give what a hand computes', () => {
  const x = Float32Array.of(1, -2)
  const m = Float32Array.of(0, 0)
  const descent = { learningRate: 0.5, beta: 0.5, dampening: 0.25 }
  applyDescent(x, m, Float32Array.of(4, -8), descent)
  // m = 0.75 g = (3, -6); x = (1 - 1.5, -2 + 3)
  expect([...m]).toEqual([3, -6])
  expect([...x]).toEqual([-0.5, 1])
  applyDescent(x, m, Float32Array.of(0, 8), descent)
  // m = (1.5, -3 + 6); x = (-0.5 - 0.75, 1 - 1.5)
  expect([...m]).toEqual([1.5, 3])
  expect([...x]).toEqual([-1.25, -0.5])
})

test('beta 0 and dampening 0 are plain gradient descent', () => {
  const x = Float32Array.of(1)
  const m = Float32Array.of(100)
  applyDescent(x, m, Float32Array.of(2), { learningRate: 0.25, beta: 0, dampening: 0 })
  expect(x[0]).toBe(0.5)
})

test('the momentum line alone leaves the gradient as it was', () => {
  const m = Float32Array.of(2)
  const g = Float32Array.of(1)
  applyMomentum(m, g, { beta: 0.5, dampening: 0 })
  expect(m[0]).toBe(2)
  expect(g[0]).toBe(1)
})
