import { expect, test } from 'vitest'
import { randomStream } from '#learning/random.ts'
import { diameter, neighbourLists } from '#topology/graph.ts'
import { topologies } from '#topology/registry.ts'

function lists(name: string, parameters: object, n: number, { seed = 1, round = 0 } = {}): number[][] {
  const topology = topologies.find((entry) => entry.name === name)!
  const random = randomStream(seed, 'topology', -1, round)
  return neighbourLists(n, topology.build({ name, ...parameters }, n, random, round))
}
const degrees = (of: readonly (readonly number[])[]) => of.map((list) => list.length)

test('a chain is a ring without its last edge', () => {
  expect(lists('chain', {}, 4)).toEqual([[1], [0, 2], [1, 3], [2]])
})

test('a tree gives each peer its children in order', () => {
  expect(lists('tree', {}, 7)).toEqual([[1, 2], [0, 3, 4], [0, 5, 6], [1], [1], [2], [2]])
  expect(lists('tree', { branching: 3 }, 5)[0]).toEqual([1, 2, 3])
})

test('the corner of a grid has two neighbours, its middle four', () => {
  const grid = lists('grid', { rows: 3, columns: 4 }, 12)
  expect(grid[0]).toEqual([1, 4])
  expect(grid[5]).toEqual([1, 4, 6, 9])
  expect(() => lists('grid', { rows: 3, columns: 3 }, 12)).toThrow(
    'grid of rows=3, columns=3 needs n=9 peers, got n=12; rows=3, columns=4 would fit',
  )
})

test('an exponential graph joins peers 1, 2, 4 ahead and behind', () => {
  const graph = lists('exponential', {}, 9)
  expect(graph[0]).toEqual([1, 2, 4, 5, 7, 8])
  expect(diameter(lists('exponential', {}, 64))).toBe(3)
})

test('a small world without rewiring is the ring lattice, and rewiring keeps the number of edges', () => {
  expect(lists('small-world', { neighbours: 4, rewire: 0 }, 12)).toEqual(lists('ring', { neighbours: 4 }, 12))
  const rewired = lists('small-world', { neighbours: 4, rewire: 0.3 }, 40)
  expect(degrees(rewired).reduce((sum, degree) => sum + degree, 0)).toBe(160)
  expect(diameter(rewired)).toBeLessThan(diameter(lists('ring', { neighbours: 4 }, 40)))
  expect(Math.min(...degrees(rewired))).toBeGreaterThanOrEqual(2)
})

test('a growing graph has a hub, and no degree below attach', () => {
  const graph = lists('barabasi-albert', { attach: 2 }, 200)
  expect(degrees(graph).reduce((sum, degree) => sum + degree, 0)).toBe(2 * (198 * 2))
  expect(Math.max(...degrees(graph))).toBeGreaterThan(15)
  expect(degrees(graph).filter((degree) => degree === 1).length).toBeLessThanOrEqual(2)
})

test('the number of edges of an Erdos-Renyi graph matches its probability', () => {
  const total = Array.from({ length: 20 }, (_, seed) =>
    degrees(lists('erdos-renyi', { probability: 0.3 }, 60, { seed })),
  )
    .flat()
    .reduce((sum, degree) => sum + degree, 0)
  // 20 draws of 1770 pairs: the standard deviation of the share is 0.0024.
  expect(total / 2 / (20 * 1770)).toBeCloseTo(0.3, 1)
  expect(Math.abs(total / 2 / (20 * 1770) - 0.3)).toBeLessThan(0.01)
})

test.for([
  [
    'erdos-renyi',
    { probability: 0.01 },
    'gave no connected graph of n=60 in 200 draws; one is likely above ln(n) / n = 0.068',
  ],
  ['random-geometric', { radius: 0.02 }, 'gave no connected graph of n=60 in 200 draws; one is likely above'],
] as const)('%s that never connects is refused with advice', ([name, parameters, message]) => {
  expect(() => lists(name, parameters, 60)).toThrow(message)
})

test('a random geometric graph joins close peers, so it has many triangles', () => {
  const graph = lists('random-geometric', { radius: 0.25 }, 80)
  let closed = 0
  let open = 0
  for (const list of graph) {
    for (const [k, a] of list.entries()) {
      for (const b of list.slice(k + 1)) graph[a]!.includes(b) ? closed++ : open++
    }
  }
  // The clustering coefficient of points on a plane is 0.5865 (Dall and Christensen 2002).
  expect(closed / (closed + open)).toBeGreaterThan(0.5)
})

test('two worlds are two complete halves with hyper links from each peer of the first', () => {
  const graph = lists('two-worlds', { hyper: 2 }, 8)
  expect(graph[0]).toEqual([1, 2, 3, 4, 5])
  expect(graph[3]).toEqual([0, 1, 2, 4, 7])
  expect(degrees(lists('two-worlds', { hyper: 8 }, 26))).toEqual(new Array(26).fill(20))
  expect(() => lists('two-worlds', { hyper: 5 }, 8)).toThrow('two-worlds with hyper=5 needs at least 10 peers, got n=8')
})

test('two-castle is the complete graph without the edges between counterparts', () => {
  const graph = lists('two-castle', {}, 6)
  expect(graph[0]).toEqual([1, 2, 4, 5])
  expect(graph[4]).toEqual([0, 2, 3, 5])
  expect(() => lists('two-castle', {}, 7)).toThrow('two-castle needs an even number of at least 6 peers, got n=7')
})

test('a dumbbell has its Byzantine peers at both ends of the joining edge, and the given number of bridges', () => {
  const graph = lists('dumbbell', { q: 3, qb: 1 }, 8)
  expect(graph[0]).toEqual([1, 2, 5, 6])
  expect(graph[5]).toEqual([0, 3, 4, 7])
  expect(graph[6]).toEqual([0])
  const crossing = (of: number[][]) => of.slice(0, 5).flatMap((list) => list.filter((peer) => peer >= 5)).length
  expect(crossing(lists('dumbbell', { q: 5, bridges: 4 }, 10))).toBe(5)
  expect(crossing(lists('dumbbell', { q: 5, bridges: 24 }, 10))).toBe(25)
})

test('pendants of two cliques hang on the connector only', () => {
  const graph = lists('two-cliques', { clique: 5, pendants: 1 }, 12)
  expect(graph[10]).toEqual([0, 9, 11])
  expect(graph[11]).toEqual([10])
  expect(lists('two-cliques', { clique: 3, connectors: 0 }, 6)[0]).toEqual([1, 2, 5])
  expect(() => lists('two-cliques', { clique: 3, pendants: 2 }, 9)).toThrow('takes at most 1 pendants, got pendants=2')
  expect(() => lists('two-cliques', { clique: 5, connectors: 2, pendants: 1 }, 13)).toThrow('needs connectors=1')
})

test('one neighbour per round reaches all of a cube in log2 n rounds', () => {
  const rounds = [0, 1, 2].map((round) => lists('one-peer-exponential', {}, 8, { round })[5])
  expect(rounds).toEqual([[4], [7], [1]])
  expect(() => lists('one-peer-exponential', {}, 12)).toThrow('needs a power of 2, such as 16 peers, got n=12')
})

test('the exponential cycle takes one step of the exponential graph in each round', () => {
  const rounds = [0, 1, 2, 3, 4].map((round) => lists('exponential-cycle', {}, 9, { round })[0])
  expect(rounds).toEqual([
    [1, 8],
    [2, 7],
    [4, 5],
    [1, 8],
    [1, 8],
  ])
})

test('an epidemic draws other neighbours in the next round, and the same ones from the same seed', () => {
  const at = (round: number, seed = 1) => lists('epidemic', { degree: 4 }, 16, { round, seed })
  expect(at(0)).not.toEqual(at(1))
  expect(at(1)).toEqual(at(1))
  expect(at(1)).not.toEqual(at(1, 2))
  const local = degrees(lists('epidemic', { degree: 3, sampling: 'local' }, 40))
  expect(Math.min(...local)).toBeGreaterThanOrEqual(3)
  expect(local.reduce((sum, degree) => sum + degree, 0) / 40).toBeGreaterThan(5)
})
