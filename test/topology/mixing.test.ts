import fc from 'fast-check'
import { expect, test } from 'vitest'
import { neighbourLists, simpleEdges } from '#topology/graph.ts'
import { edgeWeights, mixingMatrix, mixingRow, mixingRows, withMissing } from '#topology/mixing.ts'
import type { Edge } from '#topology/topology.ts'
import golden from '../vectors/gossip.json' with { type: 'json' }

/** Any graph of 1 to 12 peers, connected or not. */
const graph = fc.integer({ min: 1, max: 12 }).chain((n) => {
  const peer = fc.integer({ min: 0, max: n - 1 })
  return fc.array(fc.tuple(peer, peer)).map((pairs) => ({ n, edges: simpleEdges(pairs) }))
})

test.for(golden.topologies)('weights of $name agree with the robust-gossip code', ({ n, edges, metropolisWeights }) => {
  const matrix = mixingMatrix(n, edges as unknown as Edge[])
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) expect(matrix[i]![j]).toBeCloseTo(metropolisWeights[i]![j]!, 12)
  }
})

test('the matrix is symmetric, not negative, and its rows sum to 1', () => {
  fc.assert(
    fc.property(graph, ({ n, edges }) => {
      const matrix = mixingMatrix(n, edges)
      for (let i = 0; i < n; i++) {
        expect(matrix[i]!.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12)
        for (let j = 0; j < n; j++) {
          expect(matrix[i]![j]).toBe(matrix[j]![i])
          expect(matrix[i]![j]).toBeGreaterThanOrEqual(0)
        }
      }
    }),
  )
})

test('a leaf gives a hub of degree 3 a quarter', () => {
  const neighbours = neighbourLists(4, [
    [0, 1],
    [0, 2],
    [0, 3],
  ])
  expect(mixingRow(neighbours, 2)).toEqual({ peer: 2, members: [0, 2], weights: [0.25, 0.75] })
})

test('a peer without neighbours keeps all weight', () => {
  expect(mixingRow([[]], 0)).toEqual({ peer: 0, members: [0], weights: [1] })
})

test("a missing neighbour's weight goes to the peer itself", () => {
  const row = { peer: 1, members: [0, 1, 2], weights: [0.25, 0.5, 0.25] }
  expect(withMissing(row, [2])).toEqual({ peer: 1, members: [0, 1], weights: [0.25, 0.75] })
  expect(withMissing(row, [0, 2])).toEqual({ peer: 1, members: [1], weights: [1] })
  expect(withMissing(row, [])).toEqual(row)
})

test('the weights of a row sum to 1 with any peers missing', () => {
  fc.assert(
    fc.property(graph, fc.array(fc.nat(11)), ({ n, edges }, away) => {
      const row = mixingRow(neighbourLists(n, edges), 0)
      const left = withMissing(
        row,
        away.filter((peer) => peer !== 0),
      )
      expect(left.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12)
      expect(left.members).toEqual(row.members.filter((peer) => peer === 0 || !away.includes(peer)))
    }),
  )
})

test('a row must keep its own peer', () => {
  expect(() => withMissing({ peer: 0, members: [0], weights: [1] }, [0])).toThrow(RangeError)
})

test('maximum-degree weights are symmetric, their rows sum to 1, and the peer of maximum degree has equal weights', () => {
  fc.assert(
    fc.property(graph, ({ n, edges }) => {
      const neighbours = neighbourLists(n, edges)
      const matrix = mixingMatrix(n, edges, 'maximum-degree')
      const most = Math.max(...neighbours.map((list) => list.length))
      for (let i = 0; i < n; i++) {
        expect(matrix[i]!.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12)
        for (let j = 0; j < n; j++) expect(matrix[i]![j]).toBe(matrix[j]![i])
        if (neighbours[i]!.length === most) expect(matrix[i]![i]).toBe(1 / (1 + most))
        for (const j of neighbours[i]!) expect(matrix[i]![j]).toBe(1 / (1 + most))
      }
    }),
  )
})

test('uniform weights are equal within a row; their columns sum to 1 only where degrees are equal', () => {
  fc.assert(
    fc.property(graph, ({ n, edges }) => {
      const neighbours = neighbourLists(n, edges)
      const rows = mixingRows(neighbours, 'uniform')
      for (const { weights } of rows) expect(new Set(weights).size).toBe(1)
      for (const { weights } of rows) expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12)
    }),
  )
  const columns = (edges: Edge[], n: number) =>
    mixingMatrix(n, edges, 'uniform').reduce((sums, row) => sums.map((sum, j) => sum + row[j]!), new Array(n).fill(0))
  const path: Edge[] = [
    [0, 1],
    [1, 2],
  ]
  expect(columns([...path, [0, 2]], 3)).toEqual([1, 1, 1].map((sum) => expect.closeTo(sum, 12)))
  expect(columns(path, 3)).toEqual([5 / 6, 4 / 3, 5 / 6].map((sum) => expect.closeTo(sum, 12)))
})

test('weights of edges leave the rest to the peer, which may not be negative', () => {
  const edges: Edge[] = [
    [0, 1],
    [1, 2],
  ]
  const of = (weights: number[]) => mixingMatrix(3, edges, edgeWeights(3, edges, weights))
  expect(of([0.25, 0.5])).toEqual([
    [0.75, 0.25, 0],
    [0.25, 0.25, 0.5],
    [0, 0.5, 0.5],
  ])
  expect(() => of([0.75, 0.5])).toThrow(new RangeError("the weights of peer 1's edges must sum to at most 1, got 1.25"))
})
