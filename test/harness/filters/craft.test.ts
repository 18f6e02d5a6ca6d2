import { expect, test } from 'vitest'
import { craftLine } from '#harness/filters/craft.ts'
import { disagreement, goldenAttacks } from '../../vectors/byzfl.ts'

const honest = [
  [1, 2],
  [3, 8],
]

test('answers with the crafted vector and its z', () => {
  const attack = { name: 'little-is-enough', z: 1.5 }
  expect(craftLine({ attack, honest, n: 11, m: 2 })).toEqual({ output: [0.5, 0.5], z: 1.5 })
})

test('leaves z out of attacks that have none', () => {
  expect(craftLine({ attack: { name: 'sign-flip' }, honest, n: 11, m: 2 })).toEqual({ output: [-2, -5] })
})

test('crafts for one victim, a row of honest', () => {
  const attack = {
    name: 'little-is-enough',
    z: 1,
    centre: 'victim',
    knowledge: 'neighbourhood',
    delivery: 'per-victim',
  }
  expect(craftLine({ attack, honest, n: 11, m: 2, victim: 1 })).toEqual({ output: [2, 5], z: 1 })
})

test('takes z: paper from n and m', () => {
  const { z } = craftLine({ attack: { name: 'little-is-enough' }, honest, n: 50, m: 24 }) as { z: number }
  expect(z).toBeCloseTo(1.426, 3)
})

test('writes what leaves the range of 32 bits as a string', () => {
  const attack = { name: 'inner-product-manipulation', tau: 1e39 }
  expect(craftLine({ attack, honest: [[1], [1]], n: 4, m: 2 })).toEqual({ output: ['-Infinity'] })
})

test.each([
  [{ attack: { name: 'sign-flip' }, honest }, /^n: .*; m: /],
  [{ attack: { name: 'gauss' }, honest, n: 4, m: 2 }, /^unknown attack gauss; known are little-is-enough, /],
  [{ attack: { name: 'little-is-enough', z: 'auto' }, honest, n: 4, m: 2 }, /^z: /],
  [{ attack: { name: 'little-is-enough' }, honest, n: 16, m: 11 }, /majority, got n=16, m=11/],
  [{ attack: { name: 'little-is-enough' }, honest: [[1]], n: 4, m: 1 }, /needs at least 2 colluders' vectors, got 1$/],
  [{ attack: { name: 'sign-flip' }, honest: [['NaN']], n: 4, m: 1 }, /^honest\[0\]\[0\] is NaN, .* not-finite$/],
  [{ attack: { name: 'sign-flip' }, honest, n: 4, m: 2, previous: [1] }, /^previous has 1 numbers, not 2/],
  [{ attack: { name: 'sign-flip' }, honest, n: 4, m: 2, aggregation: { name: 'krum', f: 2 } }, /^krum needs/],
  [{ attack: { name: 'sign-flip' }, honest, n: 4, m: 2, before: [{ name: 'nnm', f: 1 }] }, /^before: /],
  [
    { attack: { name: 'sign-flip', knowledge: 'neighbourhood' }, honest, n: 4, m: 2, victim: 2 },
    /^victim: needs a row of honest, 0 to 1, got 2$/,
  ],
])('refuses %j in one line', (request, reason) => {
  expect(() => craftLine(request)).toThrow(RangeError)
  expect(() => craftLine(request)).toThrow(reason)
  expect(() => craftLine(request)).toThrow(/^[^\n]+$/)
})

test('every golden line agrees with ByzFL to 1e-5', () => {
  for (const { title, request, output } of goldenAttacks()) {
    const answer = craftLine(request) as { output: number[] }
    expect(disagreement(answer.output, output as number[]), title).toBeLessThanOrEqual(1)
  }
})
