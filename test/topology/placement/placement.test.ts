import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomStream } from '#learning/random.ts'
import { simpleEdges } from '#topology/graph.ts'
import { honestConnected, type Placement, place } from '#topology/placement/placement.ts'
import { ring } from '#topology/topologies/ring.ts'
import { star } from '#topology/topologies/star.ts'
import { torus } from '#topology/topologies/torus.ts'
import type { Edge } from '#topology/topology.ts'

const random = () => randomStream(1, 'placement')
const neighbourhoodOf = (n: number) => ring.build({ name: 'ring' }, n, random())
const wheel = star.build({ name: 'star' }, 6, random())
/** Two triangles, 0 1 2 and 4 5 6, joined by peer 3. */
const bridged: Edge[] = simpleEdges([
  [0, 1],
  [0, 2],
  [1, 2],
  [2, 3],
  [3, 4],
  [4, 5],
  [4, 6],
  [5, 6],
])

test('every strategy gives the requested number of distinct peers in range, ascending', () => {
  const graph = fc.integer({ min: 2, max: 14 }).chain((n) => {
    const peer = fc.integer({ min: 0, max: n - 1 })
    return fc.record({
      n: fc.constant(n),
      byzantine: fc.integer({ min: 0, max: n - 1 }),
      edges: fc.array(fc.tuple(peer, peer)).map(simpleEdges),
      placement: fc.constantFrom<Placement>('random', 'spread', 'hub', 'bridge', 'fiedler', 'balanced'),
      seed: fc.nat(),
    })
  })
  fc.assert(
    fc.property(graph, ({ n, byzantine, edges, placement, seed }) => {
      const draw = () => place(placement, n, byzantine, edges, randomStream(seed, 'placement'))
      const placed = draw()
      expect(placed).toHaveLength(byzantine)
      expect(placed.every((peer, i) => peer >= 0 && peer < n && (i === 0 || placed[i - 1]! < peer))).toBe(true)
      expect(draw()).toEqual(placed)
    }),
  )
})

test('random reaches every peer over the seeds', () => {
  const seen = new Set<number>()
  for (let seed = 0; seed < 60; seed++)
    seen.add(place('random', 5, 1, neighbourhoodOf(5), randomStream(seed, 'placement'))[0]!)
  expect([...seen].sort()).toEqual([0, 1, 2, 3, 4])
})

test('spread puts two Byzantine peers at opposite sides of a ring and four into the quarters', () => {
  expect(place('spread', 8, 2, neighbourhoodOf(8), random())).toEqual([0, 4])
  expect(place('spread', 8, 4, neighbourhoodOf(8), random())).toEqual([0, 2, 4, 6])
})

test('spread puts two Byzantine peers as far apart as a torus allows', () => {
  const edges = torus.build({ name: 'torus', rows: 4, columns: 4 }, 16, random())
  expect(place('spread', 16, 2, edges, random())).toEqual([0, 10])
})

test('spread starts at the rim', () => {
  expect(place('spread', 6, 2, wheel, random())).toEqual([1, 2])
})

test('hub takes the highest degree, then the lowest index', () => {
  expect(place('hub', 6, 2, wheel, random())).toEqual([0, 1])
  expect(place('hub', 7, 2, bridged, random())).toEqual([2, 4])
})

test('bridge takes the peer between the two sides', () => {
  expect(place('bridge', 7, 1, bridged, random())).toEqual([3])
})

test('symmetric peers tie for bridge despite rounding', () => {
  const edges = torus.build({ name: 'torus', rows: 5, columns: 5 }, 25, random())
  expect(place('bridge', 25, 3, edges, random())).toEqual([0, 1, 2])
})

test('eclipse takes all neighbours of one peer', () => {
  expect(place('eclipse', 8, 2, neighbourhoodOf(8), random())).toEqual([1, 7])
  expect(place('eclipse', 6, 1, wheel, random())).toEqual([0])
})

test('eclipse says how many Byzantine peers would fit', () => {
  expect(() => place('eclipse', 7, 4, bridged, random())).toThrow(
    new RangeError('placement eclipse needs byzantine equal to the degree of a peer: 2 or 3, got 4'),
  )
})

test('a list is used unchanged, in ascending order', () => {
  expect(place([6, 1], 8, 2, neighbourhoodOf(8), random())).toEqual([1, 6])
  expect(place([], 8, 0, neighbourhoodOf(8), random())).toEqual([])
})

test.for([
  [[1, 2, 3], 'placement [1, 2, 3] names 3 peers, got byzantine=2; they must be equal'],
  [[1, 8], 'placement [1, 8] needs peers 0 to 7, got 8'],
  [[1, 1], 'placement [1, 1] names peer 1 twice'],
] as const)('the list %j of two Byzantine peers among eight is refused', ([list, message]) => {
  expect(() => place(list, 8, 2, neighbourhoodOf(8), random())).toThrow(new RangeError(message))
})

test('at least one peer must be honest', () => {
  expect(() => place('random', 3, 3, neighbourhoodOf(3), random())).toThrow('placement needs at least one honest peer')
})

test('two separate Byzantine peers cut the honest peers of a ring, two adjacent ones do not', () => {
  expect(honestConnected(8, neighbourhoodOf(8), [0, 4])).toBe(false)
  expect(honestConnected(8, neighbourhoodOf(8), [0, 1])).toBe(true)
  expect(honestConnected(6, wheel, [0])).toBe(false)
  expect(honestConnected(6, wheel, [5])).toBe(true)
})

test('fiedler takes the peers where the sign of the Fiedler vector changes, and cuts the graph there', () => {
  expect(place('fiedler', 7, 1, bridged, random())).toEqual([3])
  expect(honestConnected(7, bridged, [3])).toBe(false)
  expect(place('fiedler', 7, 3, bridged, random())).toEqual([2, 3, 4])
})
