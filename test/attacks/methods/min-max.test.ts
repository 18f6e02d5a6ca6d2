import { expect, test } from 'vitest'
import type { Known } from '#attacks/attack.ts'
import { minMax } from '#attacks/methods/min-max.ts'
import { minSum } from '#attacks/methods/min-sum.ts'

const context = { round: 0, n: 6, m: 2, victims: [], random: () => 0.5 }
/** Mean 2, deviation 1; the two are 2 apart, and each one's squared distances sum to 4. */
const pair: Known = { colluders: [Float32Array.of(1), Float32Array.of(3)] }
const max = (values: object, known = pair) => minMax.configure({ name: 'min-max', ...values }).craft(known, context)
const sum = (values: object, known = pair) => minSum.configure({ name: 'min-sum', ...values }).craft(known, context)

test('Min-Max goes as far from the farther vector as the diameter', () => {
  expect(max({})).toEqual({ output: Float32Array.of(1), z: 1 })
})

test('Min-Sum goes until its squared distances sum to the same: 1 + 9 is too far, 2 (1 + gamma^2) = 4 is not', () => {
  expect(sum({})).toEqual({ output: Float32Array.of(1), z: 1 })
  const three: Known = { colluders: [Float32Array.of(0), Float32Array.of(3), Float32Array.of(3)] }
  // Mean 2, sums 18, 9, 9; 3 g^2 + 6 = 18 where the step is 2 in the unit of the value.
  expect(sum({ perturbation: 'unit' }, three)).toEqual({ output: Float32Array.of(0), z: 2 })
})

test('the direction is against the mean or its signs', () => {
  const known: Known = { colluders: [Float32Array.of(3, 3), Float32Array.of(3, 5)] }
  const { output, z } = max({ perturbation: 'sign' }, known)
  // From (3, 4) along (-1, -1): to (3, 5) it is g^2 + (1 + g)^2 = 4.
  const g = (Math.sqrt(7) - 1) / 2
  expect(z).toBeCloseTo(g, 12)
  expect(output?.[0]).toBeCloseTo(3 - g, 6)
  expect(output?.[1]).toBeCloseTo(4 - g, 6)
  const unit = max({ perturbation: 'unit' }, known).output as Float32Array
  expect((unit[0] as number) / (unit[1] as number)).toBeCloseTo(3 / 4, 6)
})

test("the authors' bisection gives the same to its 1e-5", () => {
  const vectors = [
    [0.3, -1.2, 2.5],
    [1.1, 0.4, 1.9],
    [-0.7, 0.2, 3.1],
    [0.5, -0.6, 2.2],
  ].map((row) => Float32Array.from(row))
  const mean = [0, 1, 2].map((k) => vectors.reduce((total, row) => total + (row[k] as number), 0) / 4)
  const deviation = mean.map((value, k) =>
    Math.sqrt(vectors.reduce((total, row) => total + ((row[k] as number) - value) ** 2, 0) / 3),
  )
  const squared = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    [0, 1, 2].reduce((total, k) => total + ((a[k] as number) - (b[k] as number)) ** 2, 0)
  const widest = Math.max(...vectors.flatMap((a) => vectors.map((b) => squared(a, b))))
  let lambda = 10
  let fail = 10
  let success = 0
  while (Math.abs(success - lambda) > 1e-5) {
    const crafted = mean.map((value, k) => value - lambda * (deviation[k] as number))
    if (Math.max(...vectors.map((row) => squared(row, crafted))) <= widest) {
      success = lambda
      lambda += fail / 2
    } else lambda -= fail / 2
    fail /= 2
  }
  const { output } = max({}, { colluders: vectors })
  mean.forEach((value, k) => {
    expect(output?.[k]).toBeCloseTo(value - success * (deviation[k] as number), 4)
  })
})

test('they send the mean if all vectors are equal', () => {
  const same: Known = { colluders: [Float32Array.of(2), Float32Array.of(2)] }
  expect(max({}, same)).toEqual({ output: Float32Array.of(2), z: 0 })
  expect(sum({ perturbation: 'sign' }, same)).toEqual({ output: Float32Array.of(2), z: 0 })
})
