import { expect, test } from 'vitest'
import { scoreLogits } from '#learning/training/classification.ts'

test('equal logits of two classes have loss ln 2, and count as the lower class', () => {
  const { loss, correct } = scoreLogits(Float32Array.of(3, 3, 3, 3), Uint8Array.of(0, 1), 2)
  expect(loss).toBeCloseTo(2 * Math.LN2, 14)
  expect(correct).toBe(1)
})

test('large logits neither overflow nor underflow', () => {
  const { loss, correct } = scoreLogits(Float32Array.of(1000, -1000), Uint8Array.of(1), 2)
  expect(loss).toBe(2000)
  expect(correct).toBe(0)
})

test('rows beyond the labels are padding', () => {
  expect(scoreLogits(Float32Array.of(0, 9, 5, 0), Uint8Array.of(1), 2).correct).toBe(1)
})

test('a row that is not finite is wrong for any label', () => {
  const { loss, correct } = scoreLogits(Float32Array.of(Number.NaN, 1, 0, Infinity), Uint8Array.of(1, 1), 2)
  expect(loss).toBeNaN()
  expect(correct).toBe(0)
})

test('too few logits are refused', () => {
  expect(() => scoreLogits(new Float32Array(3), new Uint8Array(2), 2)).toThrow(RangeError)
})
