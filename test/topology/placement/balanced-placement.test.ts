import { expect, test } from 'vitest'
import { randomStream } from '#learning/random.ts'
import { neighbourLists } from '#topology/graph.ts'
import { placeBalanced } from '#topology/placement/balanced-placement.ts'
import { place } from '#topology/placement/placement.ts'

type Edge = readonly [number, number]

function torus(rows: number, columns: number): Edge[] {
  const at = (row: number, column: number): number => (row % rows) * columns + (column % columns)
  const edges: Edge[] = []
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (const other of [at(row + 1, column), at(row, column + 1)]) {
        const here = at(row, column)
        edges.push(here < other ? [here, other] : [other, here])
      }
  return edges
}

function besideHonest(n: number, edges: readonly Edge[], byzantinePeers: readonly number[]): number[] {
  const neighbours = neighbourLists(n, edges)
  return neighbours.flatMap((list, peer) =>
    byzantinePeers.includes(peer) ? [] : [list.filter((other) => byzantinePeers.includes(other)).length],
  )
}

test('on a 5 x 5 torus, five Byzantine peers give every honest peer exactly one Byzantine neighbour', () => {
  const edges = torus(5, 5)
  const byzantinePeers = placeBalanced(neighbourLists(25, edges), 5, randomStream(1, 'placement'))
  expect(byzantinePeers).toHaveLength(5)
  expect(besideHonest(25, edges, byzantinePeers)).toEqual(Array(20).fill(1))
})

test('no exchange of a Byzantine and an honest peer is more even, and a seed always gives the same Byzantine peers', () => {
  const edges: Edge[] = Array.from({ length: 11 }, (_, i): Edge => [i, i + 1])
  const variance = (byzantinePeers: readonly number[]): number => {
    const counts = besideHonest(12, edges, byzantinePeers)
    const mean = counts.reduce((a, b) => a + b, 0) / counts.length
    return counts.reduce((total, count) => total + (count - mean) ** 2, 0) / counts.length
  }
  const byzantinePeers = place('balanced', 12, 3, edges, randomStream(3, 'placement'))
  expect(place('balanced', 12, 3, edges, randomStream(3, 'placement'))).toEqual(byzantinePeers)
  for (const byzantinePeer of byzantinePeers) {
    for (let peer = 0; peer < 12; peer++) {
      if (byzantinePeers.includes(peer)) continue
      const exchanged = byzantinePeers.map((other) => (other === byzantinePeer ? peer : other))
      expect(variance(exchanged)).toBeGreaterThanOrEqual(variance(byzantinePeers) - 1e-12)
    }
  }
})
