import { expect, test } from 'vitest'
import {
  betweenness,
  diameter,
  distancesFrom,
  inducedSubgraph,
  isConnected,
  neighbourLists,
  simpleEdges,
} from '#topology/graph.ts'
import type { Edge } from '#topology/topology.ts'

/** 0 - 1 - 2 - 3 */
const path: Edge[] = [
  [0, 1],
  [1, 2],
  [2, 3],
]

test('simple edges are ordered, sorted, single and without loops', () => {
  expect(
    simpleEdges([
      [3, 1],
      [0, 2],
      [1, 3],
      [2, 2],
    ]),
  ).toEqual([
    [0, 2],
    [1, 3],
  ])
})

test('neighbour lists ascend, for any order of the edges', () => {
  expect(
    neighbourLists(4, [
      [2, 3],
      [0, 3],
      [0, 2],
    ]),
  ).toEqual([[2, 3], [], [0, 3], [0, 2]])
})

test('distances count hops and are infinite without a path', () => {
  expect(distancesFrom(neighbourLists(5, path), 1)).toEqual([1, 0, 1, 2, Infinity])
})

test('the diameter is the longest shortest path', () => {
  expect(diameter(neighbourLists(4, path))).toBe(3)
  expect(diameter(neighbourLists(4, [...path, [0, 3]]))).toBe(2)
  expect(diameter(neighbourLists(5, path))).toBe(Infinity)
  expect(diameter(neighbourLists(1, []))).toBe(0)
})

test('a graph is connected when every peer is reached', () => {
  expect(isConnected(neighbourLists(4, path))).toBe(true)
  expect(isConnected(neighbourLists(5, path))).toBe(false)
  expect(isConnected([])).toBe(true)
})

test('betweenness counts the pairs whose shortest paths lead through a peer', () => {
  // On the path, peer 1 is between 0 and 2 and between 0 and 3.
  expect(betweenness(neighbourLists(4, path))).toEqual([0, 2, 2, 0])
  // In the middle of a star of five, all six pairs of leaves.
  const star: Edge[] = [1, 2, 3, 4].map((leaf) => [0, leaf])
  expect(betweenness(neighbourLists(5, star))).toEqual([6, 0, 0, 0, 0])
})

test('betweenness shares a pair between equally short paths', () => {
  // In a square each pair of opposite corners has two shortest paths.
  expect(betweenness(neighbourLists(4, [...path, [0, 3]]))).toEqual([0.5, 0.5, 0.5, 0.5])
})

test('the induced subgraph keeps the edges among its members, renamed', () => {
  expect(inducedSubgraph(path, [1, 2, 3])).toEqual([
    [0, 1],
    [1, 2],
  ])
  expect(inducedSubgraph(path, [0, 2])).toEqual([])
})
