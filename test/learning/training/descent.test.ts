import { expect, test } from 'vitest'
import { applyDescent, applyMomentum, clipToNorm } from '#learning/training/descent.ts'

test('two steps with momentum and dampening match a computation by hand', () => {
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

test('applyMomentum does not change the gradient', () => {
  const m = Float32Array.of(2)
  const g = Float32Array.of(1)
  applyMomentum(m, g, { beta: 0.5, dampening: 0 })
  expect(m[0]).toBe(2)
  expect(g[0]).toBe(1)
})

test('clipping keeps the direction, and does not change gradients that are short or not finite', () => {
  const clipped = (...gradient: number[]) => {
    const g = Float32Array.from(gradient)
    clipToNorm(g, 5)
    return [...g]
  }
  expect(clipped(6, 8)).toEqual([3, 4])
  expect(clipped(3, 4)).toEqual([3, 4])
  expect(clipped(Infinity, 4)).toEqual([Infinity, 4])
  expect(clipped(NaN, 40)).toEqual([NaN, 40])
})

test('weight decay enters after clipping and before momentum', () => {
  const x = Float32Array.of(4)
  const m = Float32Array.of(2)
  applyDescent(x, m, Float32Array.of(10), {
    learningRate: 0.5,
    beta: 0.5,
    dampening: 0,
    weightDecay: 0.25,
    gradientClip: 1,
  })
  // g = 1 + 0.25 x 4 = 2, m = 1 + 2, x = 4 - 1.5
  expect([m[0], x[0]]).toEqual([3, 2.5])
})
