import fc from 'fast-check'
import { expect, test } from 'vitest'
import { neighbourLists, simpleEdges } from '#protocol/graph.ts'
import { mixingMatrix, mixingRow, withMissing } from '#protocol/mixing.ts'
import type { Edge } from '#protocol/topologies/topology.ts'
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

test('a leaf beside a hub of degree 3 gives it a quarter', () => {
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

test('the weights of a row sum to 1 whoever is missing', () => {
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

test('a row cannot miss its own peer', () => {
  expect(() => withMissing({ peer: 0, members: [0], weights: [1] }, [0])).toThrow(RangeError)
})
