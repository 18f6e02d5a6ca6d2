import { expect, test } from 'vitest'
import { craftLine } from '#harness/filters/craft.ts'
import { disagreement, goldenAttacks } from '../../vectors/byzfl.ts'
import searches from '../../vectors/searches.json' with { type: 'json' }

const honest = [
  [1, 2],
  [3, 8],
]

test('answers with the crafted vector and its z', () => {
  const attack = { name: 'little-is-enough', z: 1.5 }
  expect(craftLine({ attack, honest, n: 11, m: 2 })).toEqual({ output: [0.5, 0.5], z: 1.5 })
})

test('leaves out z for attacks without one', () => {
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

test('clips the trained vector of a backdoor', () => {
  const attack = { name: 'backdoor', z: 2 }
  expect(craftLine({ attack, honest, n: 11, m: 2, trained: [2.5, 99] })).toEqual({ output: [2.5, 11], z: 2 })
})

test('writes a number beyond the range of 32 bits as a string', () => {
  const attack = { name: 'inner-product-manipulation', tau: 1e39 }
  expect(craftLine({ attack, honest: [[1], [1]], n: 4, m: 2 })).toEqual({ output: ['-Infinity'] })
})

test.each([
  [{ attack: { name: 'sign-flip' }, honest }, /^n: .*; m: /],
  [
    { attack: { name: 'gauss' }, honest, n: 4, m: 2 },
    /^attack\.name: "gauss" is not allowed; .*; did you mean gaussian\?$/,
  ],
  [
    { attack: { name: 'little-is-enough', z: 'auto' }, honest, n: 4, m: 2 },
    /^attack\.z: "auto" is not allowed; it takes a number, or one of paper, /,
  ],
  [{ attack: { name: 'sign-flip', z: 1 }, honest, n: 4, m: 2 }, /^attack\.z: there is no such key; known here: name, /],
  [
    { attack: { name: 'mimic', target: 7 }, honest, n: 4, m: 2 },
    /^honest: mimic with target 7 needs at least 8 .*, got 2$/,
  ],
  [
    { attack: { name: 'dissensus' }, honest, n: 4, m: 2 },
    /^victim: is missing; dissensus crafts for one victim, a row of honest, 0 to 1$/,
  ],
  [
    { attack: { name: 'sign-flip' }, honest, n: 4, m: 2, aggregation: { name: 'medain' } },
    /^aggregation\.name: "medain" is not allowed; .*; did you mean median\?$/,
  ],
  [{ attack: { name: 'little-is-enough' }, honest, n: 16, m: 11 }, /Byzantine peers, got n=16, m=11/],
  [{ attack: { name: 'little-is-enough' }, honest: [[1]], n: 4, m: 1 }, /needs at least 2 colluders' vectors, got 1$/],
  [{ attack: { name: 'sign-flip' }, honest: [['NaN']], n: 4, m: 1 }, /^honest\[0\]\[0\] is NaN, .* not-finite$/],
  [{ attack: { name: 'sign-flip' }, honest, n: 4, m: 2, previous: [1] }, /^previous has 1 numbers, not 2/],
  [{ attack: { name: 'sign-flip' }, honest, n: 4, m: 2, aggregation: { name: 'krum', f: 2 } }, /^krum needs/],
  [{ attack: { name: 'sign-flip' }, honest, n: 4, m: 2, before: [{ name: 'nnm', f: 1 }] }, /^before: /],
  [
    { attack: { name: 'backdoor' }, honest, n: 4, m: 2 },
    /^backdoor needs trained, the result of its training: 2 numbers, got none$/,
  ],
  [{ attack: { name: 'backdoor' }, honest, n: 4, m: 2, trained: [1] }, /^trained has 1 numbers, not 2/],
  [
    { attack: { name: 'sign-flip', knowledge: 'neighbourhood' }, honest, n: 4, m: 2, victim: 2 },
    /^victim: 2 is not a row of honest, 0 to 1$/,
  ],
])('refuses %j in one line', (request, reason) => {
  expect(() => craftLine(request)).toThrow(RangeError)
  expect(() => craftLine(request)).toThrow(reason)
  expect(() => craftLine(request)).toThrow(/^[^\n]+$/)
})

test('every golden line agrees with ByzFL to 1e-5, or is refused for too many Byzantine peers', () => {
  for (const { title, request, output } of goldenAttacks()) {
    const tooMany = request.n <= 2 * request.m && (request.before ?? []).some(({ name }) => name === 'nnm')
    if (!output || tooMany) {
      expect(() => craftLine(request), title).toThrow(RangeError)
      continue
    }
    const answer = craftLine(request) as { output: number[] }
    expect(disagreement(answer.output, output as number[]), title).toBeLessThanOrEqual(1)
  }
})

test('searches end as in ByzFL, also on plateaus', () => {
  for (const { request, output, z, gain } of searches.craft) {
    const { aggregation, before } = request
    const title = JSON.stringify([request.attack.name, ...before, aggregation])
    const answer = craftLine(request) as { output: number[]; z: number; trace: { gain: number }[] }
    expect(answer.z, title).toBeCloseTo(z, 9)
    expect(disagreement(answer.output, output), title).toBeLessThanOrEqual(1)
    expect(Math.max(...answer.trace.map((tried) => tried.gain)), title).toBeCloseTo(gain, 12)
  }
  expect(searches.craft).toHaveLength(72)
})

test('a neighbourhood of many peers needs no graph of all pairs, and too many peers are refused', () => {
  const request = { attack: { name: 'sign-flip' }, honest, n: 50_000, m: 49_998 }
  expect(craftLine(request)).toEqual({ output: [-2, -5] })
  expect(() => craftLine({ ...request, n: 100_001 })).toThrow(/^n: /)
})

test('shows how an optimised factor was found', () => {
  const attack = { name: 'inner-product-manipulation', tau: 'optimised', search: { evaluations: 3, delta: 1 } }
  const request = { attack, honest: [[1], [1]], n: 3, m: 1, aggregation: { name: 'average' } }
  // (1 + 1 - tau) / 3 has the distance (1 + tau) / 3 from the honest mean 1.
  const { trace, ...answer } = craftLine(request) as { trace: { z: number; gain: number }[] }
  expect(answer).toEqual({ output: [-3], z: 3 })
  expect(trace.map(({ z }) => z)).toEqual([0, 1, 3])
  expect(trace.map(({ gain }) => Math.round(3 * gain))).toEqual([1, 2, 4])
})

test.each([
  [{ name: 'centered-clipping', start: [1, 2, 3] }, [], /^centered-clipping starts from 3 numbers, needs 2$/],
  [{ name: 'median' }, [{ name: 'bucketing', permutation: [0, 0, 1] }], /^bucketing needs a permutation of 0 to 2, /],
  [{ name: 'median' }, [{ name: 'bucketing' }], /^bucketing draws at random/],
])('refuses a search against %j with pre-aggregators %j that cannot run', (aggregation, before, reason) => {
  const attack = { name: 'inner-product-manipulation', tau: 'optimised' }
  expect(() => craftLine({ attack, honest, n: 3, m: 1, aggregation, before })).toThrow(reason)
})

test('takes the graph for attacks that use it, the Byzantine peers last', () => {
  const request = { attack: { name: 'dissensus', epsilon: 1 }, honest: [[0], [6]], n: 3, m: 1, victim: 0 }
  expect(craftLine(request)).toEqual({ output: [-6] })
  const path = {
    ...request,
    honest: [[0], [6], [9]],
    n: 4,
    edges: [
      [0, 1],
      [1, 2],
      [0, 3],
    ],
  }
  expect(craftLine(path)).toEqual({ output: [-6] })
  expect(() => craftLine({ ...path, edges: [[0, 1]] })).toThrow('edges: the graph is not connected')
  expect(() => craftLine({ ...path, edges: [[0, 4]] })).toThrow('edges: need peers 0 to 3, got 4')
  expect(() => craftLine({ ...request, n: 5 })).toThrow('dissensus needs the graph')
})

test('takes the model of the previous round', () => {
  const request = { attack: { name: 'fang' }, honest: [[1], [2]], n: 4, m: 1, previous: [5] }
  const { output } = craftLine(request) as { output: number[] }
  // The honest mean falls from 5 to 1.5; the crafted value is 3 to 4 deviations of 0.5 above 1.5.
  expect(output[0]).toBeGreaterThanOrEqual(3)
  expect(output[0]).toBeLessThanOrEqual(3.5)
})

test('answers null for a silent Byzantine peer, and writes non-finite numbers as strings', () => {
  expect(craftLine({ attack: { name: 'stall' }, honest, n: 4, m: 2 })).toEqual({ output: null })
  expect(craftLine({ attack: { name: 'non-finite' }, honest, n: 4, m: 2 })).toEqual({ output: ['NaN', 'NaN'] })
})

test('writes a non-finite gain as a string', () => {
  const attack = { name: 'little-is-enough', z: 'optimised', search: { start: 1e300, evaluations: 1 } }
  const request = { attack, honest: [[1], [2], [4]], n: 4, m: 1, aggregation: { name: 'average' } }
  const { trace } = craftLine(request) as { trace: object[] }
  expect(JSON.parse(JSON.stringify(trace))).toEqual([{ z: 1e300, gain: expect.anything() }])
})

test('answers quickly for a graph of the maximum of peers', () => {
  const request = { honest: [[1], [2]], n: 100_000, m: 99_998, victim: 0 }
  expect(craftLine({ ...request, attack: { name: 'spectral', t: 1 } })).toMatchObject({ z: 1 })
  expect(craftLine({ ...request, attack: { name: 'dissensus' } })).toHaveProperty('output')
})
