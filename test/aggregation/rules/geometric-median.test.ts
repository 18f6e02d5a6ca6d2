import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AggregationOutput } from '#aggregation/rule.ts'
import { geometricMedian } from '#aggregation/rules/geometric-median.ts'
import { inputOf } from '../input.ts'

const of = (values: Record<string, unknown>, n: number) =>
  geometricMedian.configure({ name: 'geometric-median', ...values }, n)

test('takes Weiszfeld steps from the mean', () => {
  // Mean 2, distances 2, 2, 4: weights 1/2, 1/2, 1/4, so (0 + 0 + 6/4) / (5/4).
  const { output, influence } = of({ iterations: 1 }, 3).aggregate(inputOf([[0], [0], [6]]))
  expect([...output]).toEqual([Math.fround(1.2)])
  expect(influence.map((share) => Math.round(share * 10))).toEqual([4, 4, 2])
})

test('starts at zero as ByzFL does; no steps give zero', () => {
  expect([...of({ iterations: 0, start: 'zero' }, 2).aggregate(inputOf([[1], [3]])).output]).toEqual([0])
  // Distances 1 and 3: (1 + 1) / (1 + 1/3).
  expect([...of({ iterations: 1, start: 'zero' }, 2).aggregate(inputOf([[1], [3]])).output]).toEqual([1.5])
})

test('counts distances below nu as nu', () => {
  // From the mean 1 the distances are 1, 1 and 2; with nu = 2 all weigh alike.
  expect([...of({ iterations: 1, nu: 2 }, 3).aggregate(inputOf([[0], [0], [3]])).output]).toEqual([1])
})

test('with measured distances, it stays accurate beside vectors ten thousand times farther', () => {
  const rows = [[0.5], [-1.25], [2], [0.75], [-3e4], [5e4]]
  const exact = () => {
    let z = 0
    for (let step = 0; step < 8; step++) {
      const pulls = rows.map(([x]) => 1 / Math.max(0.1, Math.abs((x as number) - z)))
      z = rows.reduce((sum, [x], i) => sum + (x as number) * (pulls[i] as number), 0) / pulls.reduce((a, b) => a + b)
    }
    return z
  }
  const values = { iterations: 8, start: 'zero', nu: 0.1 }
  const [direct] = of({ ...values, distances: 'direct' }, 6).aggregate(inputOf(rows)).output
  expect(Math.abs((direct as number) / exact() - 1)).toBeLessThan(1e-6)
  const [auto] = of(values, 6).aggregate(inputOf(rows)).output
  expect(auto).toBe(direct)
  const [matrix] = of({ ...values, distances: 'matrix' }, 6).aggregate(inputOf(rows)).output
  expect(Math.abs((matrix as number) / exact() - 1)).toBeLessThan(1e-2)
})

test('with distances from the matrix, it differs in the last digits only', () => {
  const coordinate = fc.double({ min: -1, max: 1, noNaN: true })
  const scale = fc.constantFrom(1e-3, 1, 1, 1, 1, 30, 1e4)
  const vectors = fc.array(
    fc
      .tuple(fc.array(coordinate, { minLength: 5, maxLength: 5 }), scale)
      .map(([x, by]) => x.map((value) => value * by)),
    { minLength: 1, maxLength: 12 },
  )
  const options = fc.record({ start: fc.constantFrom('mean', 'zero'), nu: fc.constantFrom(1e-6, 0.1), offset: scale })
  fc.assert(
    fc.property(vectors, options, (drawn, { start, nu, offset }) => {
      // All around a point far from zero, as models are.
      const rows = drawn.map((row) => row.map((value) => value + offset))
      const [auto, direct] = ['auto', 'direct'].map((distances) =>
        of({ start, nu, distances }, rows.length).aggregate(inputOf(rows)),
      ) as [AggregationOutput, AggregationOutput]
      const reach = Math.max(...rows.flat().map(Math.abs))
      auto.output.forEach((value, k) => {
        expect(Math.abs(value - (direct.output[k] as number))).toBeLessThanOrEqual(1e-5 * reach)
      })
    }),
    { numRuns: 1000 },
  )
})

test('converges to the point with the minimum sum of distances', () => {
  const corners = [
    [0, 0],
    [2, 0],
    [0, 2],
    [2, 2],
    [1e6, 1e6],
  ]
  // The fifth vector, far away in one direction, pulls with a force of 1 at any distance.
  const { output } = of({ iterations: 2000 }, 5).aggregate(inputOf(corners))
  const sum = (x: number, y: number) => corners.reduce((s, [a, b]) => s + Math.hypot((a ?? 0) - x, (b ?? 0) - y), 0)
  const [x, y] = [...output] as [number, number]
  for (const [dx, dy] of [
    [0.01, 0],
    [-0.01, 0],
    [0, 0.01],
    [0, -0.01],
  ] as const) {
    expect(sum(x, y)).toBeLessThanOrEqual(sum(x + dx, y + dy))
  }
})
