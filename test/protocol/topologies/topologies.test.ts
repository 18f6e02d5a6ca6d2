import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomStream } from '#learning/random.ts'
import { isConnected, neighbourLists } from '#protocol/graph.ts'
import { topologies } from '#protocol/topologies/registry.ts'
import type { Edge } from '#protocol/topologies/topology.ts'

interface Case {
  readonly config: { readonly name: string } & Record<string, unknown>
  readonly n: number
  readonly seed: number
}

/** Configurations that fit, of every topology but from-file, which has its own test. */
const fitting: fc.Arbitrary<Case> = fc.oneof(
  fc
    .record({ half: fc.integer({ min: 1, max: 5 }), more: fc.integer({ min: 1, max: 12 }) })
    .map(({ half, more }) => ({ config: { name: 'ring', neighbours: 2 * half }, n: 2 * half + more, seed: 1 })),
  fc
    .record({ rows: fc.integer({ min: 1, max: 6 }), columns: fc.integer({ min: 1, max: 6 }) })
    .map(({ rows, columns }) => ({ config: { name: 'torus', rows, columns }, n: rows * columns, seed: 1 })),
  fc.integer({ min: 1, max: 20 }).map((n) => ({ config: { name: 'complete' }, n, seed: 1 })),
  fc.integer({ min: 1, max: 20 }).map((n) => ({ config: { name: 'star' }, n, seed: 1 })),
  fc
    .record({
      n: fc.integer({ min: 3, max: 24 }),
      degree: fc.integer({ min: 2, max: 23 }),
      seed: fc.integer({ min: 0, max: 1e6 }),
    })
    .filter(({ n, degree }) => degree < n && (n * degree) % 2 === 0)
    .map(({ n, degree, seed }) => ({ config: { name: 'random-regular', degree }, n, seed })),
)

function build({ config, n, seed }: Case): Edge[] {
  const topology = topologies.find(({ name }) => name === config.name)
  if (!topology) throw new Error(`no topology ${config.name}`)
  return topology.build(config, n, randomStream(seed, 'topology'))
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

test('every topology is connected', () => {
  fc.assert(fc.property(fitting, (drawn) => isConnected(neighbourLists(drawn.n, build(drawn)))))
})

test('every topology is the same each time it is built from a seed', () => {
  fc.assert(
    fc.property(fitting, (drawn) => {
      expect(build(drawn)).toEqual(build(drawn))
    }),
  )
})

test('every topology says in one line what it is', () => {
  expect(new Set(topologies.map(({ name }) => name)).size).toBe(topologies.length)
  for (const { name, summary } of topologies) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(summary).toMatch(/^\S.{10,80}$/)
  }
})
