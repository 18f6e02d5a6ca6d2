import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomStream } from '#learning/random.ts'
import { isConnected, neighbourLists } from '#topology/graph.ts'
import { topologies } from '#topology/registry.ts'
import type { Edge } from '#topology/topology.ts'

interface Case {
  readonly config: { readonly name: string } & Record<string, unknown>
  readonly n: number
  readonly seed: number
}

const between = (min: number, max: number) => fc.integer({ min, max })
const seeds = between(0, 1e6)
const steady = (config: Case['config'], n: number, seed = 1): Case => ({ config, n, seed })

/** Valid configurations, connected in every round, of every topology except from-file, which has its own test. */
const connected: fc.Arbitrary<Case> = fc.oneof(
  fc
    .record({ half: between(1, 5), more: between(1, 12) })
    .map(({ half, more }) => steady({ name: 'ring', neighbours: 2 * half }, 2 * half + more)),
  ...['torus', 'grid'].map((name) =>
    fc
      .record({ rows: between(1, 6), columns: between(1, 6) })
      .map(({ rows, columns }) => steady({ name, rows, columns }, rows * columns)),
  ),
  ...['complete', 'star', 'chain', 'exponential'].map((name) => between(1, 20).map((n) => steady({ name }, n))),
  fc
    .record({ branching: between(1, 4), n: between(1, 30) })
    .map(({ branching, n }) => steady({ name: 'tree', branching }, n)),
  fc
    .record({ n: between(3, 24), degree: between(2, 23), seed: seeds })
    .filter(({ n, degree }) => degree < n && (n * degree) % 2 === 0)
    .map(({ n, degree, seed }) => steady({ name: 'random-regular', degree }, n, seed)),
  fc
    .record({ n: between(2, 30), probability: fc.double({ min: 0.35, max: 1, noNaN: true }), seed: seeds })
    .map(({ n, probability, seed }) => steady({ name: 'erdos-renyi', probability }, n, seed)),
  fc
    .record({
      half: between(1, 3),
      more: between(3, 20),
      rewire: fc.double({ min: 0, max: 1, noNaN: true }),
      seed: seeds,
    })
    .map(({ half, more, rewire, seed }) =>
      steady(
        { name: 'small-world', neighbours: 2 * half, rewire: half === 1 ? rewire / 3 : rewire },
        2 * half + more,
        seed,
      ),
    ),
  fc
    .record({ attach: between(1, 5), more: between(1, 20), seed: seeds })
    .map(({ attach, more, seed }) => steady({ name: 'barabasi-albert', attach }, attach + more, seed)),
  fc
    .record({ n: between(2, 30), radius: fc.double({ min: 0.6, max: 1.5, noNaN: true }), seed: seeds })
    .map(({ n, radius, seed }) => steady({ name: 'random-geometric', radius }, n, seed)),
  fc
    .record({ clique: between(2, 7), connectors: between(0, 4) })
    .map(({ clique, connectors }) => steady({ name: 'two-cliques', clique, connectors }, 2 * clique + connectors)),
  fc
    .record({ pendants: between(0, 3), more: between(2, 4) })
    .map(({ pendants, more }) =>
      steady({ name: 'two-cliques', clique: pendants + more, pendants }, 2 * (pendants + more) + 1 + pendants),
    ),
  fc
    .record({ q: between(2, 6), qb: between(0, 3), bridges: between(0, 3), seed: seeds })
    .map(({ q, qb, bridges, seed }) => steady({ name: 'dumbbell', q, qb, bridges }, 2 * (q + qb), seed)),
  fc
    .record({ hyper: between(1, 5), more: between(0, 9) })
    .map(({ hyper, more }) => steady({ name: 'two-worlds', hyper }, 2 * hyper + more)),
  between(3, 12).map((half) => steady({ name: 'two-castle' }, 2 * half)),
)

/** Time-varying ones: the graph of one round need not be connected. */
const changing: fc.Arbitrary<Case> = fc.oneof(
  between(2, 40).map((n) => steady({ name: 'exponential-cycle' }, n)),
  between(1, 6).map((bits) => steady({ name: 'one-peer-exponential' }, 2 ** bits)),
  fc
    .record({ n: between(2, 24), degree: between(1, 23), sampling: fc.constantFrom('regular', 'local'), seed: seeds })
    .filter(({ n, degree }) => degree < n && (n * degree) % 2 === 0)
    .map(({ n, degree, sampling, seed }) => steady({ name: 'epidemic', degree, sampling }, n, seed)),
)
const fitting = fc.oneof(connected, changing)

function build({ config, n, seed }: Case, round = 0): Edge[] {
  const topology = topologies.find(({ name }) => name === config.name)
  if (!topology) throw new Error(`no topology ${config.name}`)
  return topology.build(config, n, randomStream(seed, 'topology', -1, round), round)
}

test('every topology gives simple, sorted edges, lower index first, within n', () => {
  fc.assert(
    fc.property(fitting, (drawn) => {
      const edges = build(drawn)
      const keys = edges.map(([a, b]) => a * drawn.n + b)
      expect(edges.every(([a, b]) => 0 <= a && a < b && b < drawn.n)).toBe(true)
      expect(keys.every((key, i) => i === 0 || keys[i - 1]! < key)).toBe(true)
    }),
  )
})

test('every static topology is connected', () => {
  fc.assert(fc.property(connected, (drawn) => isConnected(neighbourLists(drawn.n, build(drawn)))))
})

test('every topology is the same each time it is built from a seed', () => {
  fc.assert(
    fc.property(fitting, (drawn) => {
      expect(build(drawn)).toEqual(build(drawn))
    }),
  )
})

test('every topology has a one-line summary', () => {
  expect(new Set(topologies.map(({ name }) => name)).size).toBe(topologies.length)
  for (const { name, summary } of topologies) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(summary).toMatch(/^\S.{10,80}$/)
  }
})

test('all topologies except from-file are tested', () => {
  const drawn = new Set(fc.sample(fitting, 2000).map(({ config }) => config.name))
  expect(topologies.map(({ name }) => name).filter((name) => !drawn.has(name))).toEqual(['from-file'])
})

test('a time-varying graph gives every peer a neighbour in every round, and repeats as declared', () => {
  fc.assert(
    fc.property(changing, between(0, 30), (drawn, round) => {
      const topology = topologies.find(({ name }) => name === drawn.config.name)!
      const { period, regular } = topology.repeats(drawn.config, drawn.n)
      const degrees = new Set(neighbourLists(drawn.n, build(drawn, round)).map((list) => list.length))
      expect(degrees.has(0)).toBe(false)
      if (regular) expect(degrees.size).toBe(1)
      if (Number.isFinite(period)) expect(build(drawn, round + period)).toEqual(build(drawn, round))
    }),
  )
})

test('random graphs of 3000 peers are drawn quickly', () => {
  for (const config of [
    { name: 'random-regular', degree: 6 },
    { name: 'erdos-renyi', probability: 0.004 },
    { name: 'small-world', neighbours: 6 },
    { name: 'barabasi-albert', attach: 3 },
    { name: 'random-geometric', radius: 0.05 },
    { name: 'epidemic', degree: 6, sampling: 'local' },
  ]) {
    const edges = build({ config, n: 3000, seed: 3 })
    expect(edges.length, config.name).toBeGreaterThan(3000)
    expect(edges.length, config.name).toBeLessThan(60_000)
  }
})
