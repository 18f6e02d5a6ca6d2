import { expect, test } from 'vitest'
import { overlayOf } from '#protocol/plan/overlay.ts'
import { honestRows, spectralGap } from '#topology/spectrum/spectrum.ts'
import golden from '../../vectors/gossip.json' with { type: 'json' }

test('an overlay combines the topology and the placement of an experiment', () => {
  const overlay = overlayOf({
    seed: 1,
    rounds: { count: 1 },
    peers: { honest: 3, byzantine: 1, placement: 'spread' },
    topology: { name: 'ring', neighbours: 2 },
  })
  expect(overlay).toMatchObject({
    n: 4,
    edges: [
      [0, 1],
      [0, 3],
      [1, 2],
      [2, 3],
    ],
    neighbours: [
      [1, 3],
      [0, 2],
      [1, 3],
      [0, 2],
    ],
    byzantine: [0],
    period: 1,
  })
  expect(overlay.at(7)).toBe(overlay.at(0))
})

test('the seed determines random graphs and random Byzantine peers', () => {
  const at = (seed: number) =>
    overlayOf({
      seed,
      rounds: { count: 1 },
      peers: { honest: 12, byzantine: 4, placement: 'random' },
      topology: { name: 'random-regular', degree: 4 },
    })
  expect(at(1).edges).toEqual(at(1).edges)
  expect(at(1).byzantine).toEqual(at(1).byzantine)
  expect(at(1).edges).not.toEqual(at(2).edges)
  expect(at(1).byzantine).not.toEqual(at(3).byzantine)
})

test('a topology that does not fit the number of peers is refused', () => {
  expect(() =>
    overlayOf({
      seed: 1,
      rounds: { count: 1 },
      peers: { honest: 6, byzantine: 2, placement: 'random' },
      topology: { name: 'torus', rows: 3, columns: 3 },
    }),
  ).toThrow(RangeError)
})

const overlayWith = (topology: Record<string, unknown>, n: number, changes: Record<string, unknown> = {}) =>
  overlayOf({
    seed: 1,
    rounds: { count: 8 },
    peers: { honest: n, byzantine: 0, placement: 'random' },
    topology: topology as never,
    ...changes,
  })

test('two cliques of the golden file have its edges', () => {
  for (const { name, n, edges } of golden.topologies) {
    const topology = {
      'Ring(8)': { name: 'ring', neighbours: 2 },
      'Complete(5)': { name: 'complete' },
      'Star(5)': { name: 'star' },
      'TwoCliques(n=4,m=1)': { name: 'two-cliques', clique: 4, connectors: 1, pendants: 0, delta: 1 },
    }[name]
    const sorted = edges
      .map(([a = 0, b = 0]) => (a < b ? [a, b] : [b, a]))
      .sort((x, y) => x[0]! - y[0]! || x[1]! - y[1]!)
    expect(overlayWith(topology!, n).edges, name).toEqual(sorted)
  }
})

test('the dumbbell and the pendants have the weights that He et al. publish', () => {
  const dumbbell = overlayWith({ name: 'dumbbell', q: 3, qb: 1, bridges: 0 }, 8).at(0).rows
  expect(dumbbell[0]).toMatchObject({ members: [0, 1, 2, 5, 6], weights: new Array(5).fill(expect.closeTo(0.2, 12)) })
  expect(dumbbell[6]?.weights).toEqual([0.2, 0.8])
  const gaps = [0, 0.5, 1].map((delta) => {
    const topology = { name: 'two-cliques', clique: 5, connectors: 1, pendants: 1, delta }
    const { rows, edges } = overlayWith(topology, 12).at(0)
    expect(edges).toHaveLength(23)
    const centre = rows[10]!
    expect(centre.weights[centre.members.indexOf(11)]).toBeCloseTo(delta / 4, 12)
    return spectralGap(honestRows(rows, [11]))
  })
  // In their Figure 5 the gap of the honest part is .0286 for every delta.
  for (const gap of gaps) expect(gap).toBeCloseTo(0.0286, 4)
  expect(
    overlayWith({ name: 'dumbbell', q: 3, qb: 1, bridges: 0, weights: 'metropolis-hastings' }, 8).at(0).rows[6]
      ?.weights,
  ).toEqual([0.2, 0.8])
})

test('a graph seed changes only the graph, a placement seed only the Byzantine peers', () => {
  const at = (changes: { seed?: number; graph?: number; placement?: number }) => {
    const { edges, byzantine } = overlayWith({ name: 'random-regular', degree: 4, seed: changes.graph }, 16, {
      seed: changes.seed ?? 1,
      peers: { honest: 12, byzantine: 4, placement: 'random', placementSeed: changes.placement },
    })
    return { edges, byzantine }
  }
  expect(at({ graph: 1, placement: 1 })).toEqual(at({}))
  expect(at({ seed: 2, graph: 1, placement: 1 })).toEqual(at({}))
  expect(at({ graph: 2 }).edges).not.toEqual(at({}).edges)
  expect(at({ graph: 2 }).byzantine).toEqual(at({}).byzantine)
  expect(at({ placement: 3 }).edges).toEqual(at({}).edges)
  expect(at({ placement: 3 }).byzantine).not.toEqual(at({}).byzantine)
})

test('the union of a time-varying graph has the edges of all of its rounds', () => {
  const cycle = overlayWith({ name: 'exponential-cycle' }, 16)
  expect(cycle.edges).toEqual(overlayWith({ name: 'exponential' }, 16).edges)
  expect(cycle.period).toBe(4)
  expect(cycle.at(6)).toBe(cycle.at(2))
  const epidemic = overlayWith({ name: 'epidemic', degree: 2, sampling: 'regular' }, 12)
  const seen = new Set(Array.from({ length: 8 }, (_, round) => epidemic.at(round).edges.map(String)).flat())
  expect(new Set(epidemic.edges.map(String))).toEqual(seen)
  expect(epidemic.edges.length).toBeGreaterThan(24)
})

test('a round requested again, long after, has the same graph', () => {
  const overlay = overlayWith({ name: 'epidemic', degree: 2, sampling: 'local' }, 12)
  const first = overlay.at(0)
  for (let round = 1; round < 40; round++) overlay.at(round)
  expect(overlay.at(0)).not.toBe(first)
  expect(overlay.at(0)).toEqual(first)
})

/** A hash of a graph. */
const mark = (edges: readonly (readonly [number, number])[]) =>
  edges.reduce((sum, [a, b]) => (Math.imul(sum, 31) + a * 1009 + b) | 0, 7)

test.for([
  [{ name: 'random-regular', degree: 4 }, -337308945],
  [{ name: 'erdos-renyi', probability: 0.3 }, 1572865021],
  [{ name: 'small-world', neighbours: 4, rewire: 0.2 }, -415011292],
  [{ name: 'barabasi-albert', attach: 2 }, 993342595],
  [{ name: 'random-geometric', radius: 0.4 }, -2119284304],
  [{ name: 'dumbbell', q: 12, qb: 0, bridges: 5 }, -1422844069],
  [{ name: 'epidemic', degree: 4, sampling: 'regular' }, -784020457],
  [{ name: 'epidemic', degree: 2, sampling: 'local' }, 1311159322],
] as const)('a seed gives this %j for ever, in Node and in tabs', ([topology, expected]) => {
  expect(mark(overlayWith(topology, 24).at(3).edges)).toBe(expected)
})
