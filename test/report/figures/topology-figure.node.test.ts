import fc from 'fast-check'
import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import { layoutGraph } from '#report/drawing/layout.ts'
import { drawTopology, edgeStride } from '#report/figures/topology-figure.ts'
import { simpleEdges } from '#topology/graph.ts'

/** Any graph of 1 to 20 peers, connected or not. */
const graph = fc.integer({ min: 1, max: 20 }).chain((n) => {
  const peer = fc.integer({ min: 0, max: n - 1 })
  return fc.array(fc.tuple(peer, peer), { maxLength: 40 }).map((pairs) => ({ n, edges: simpleEdges(pairs) }))
})
const ring = simpleEdges([0, 1, 2, 3, 4, 5, 6, 7].map((i) => [i, (i + 1) % 8] as const))

test('a layout is in the unit square, and the same graph gives the same layout', () => {
  fc.assert(
    fc.property(graph, ({ n, edges }) => {
      const points = layoutGraph(n, edges)
      expect(points).toHaveLength(n)
      for (const { x, y } of points) {
        expect(Math.min(x, y)).toBeGreaterThan(-1e-9)
        expect(Math.max(x, y)).toBeLessThan(1 + 1e-9)
      }
      expect(layoutGraph(n, edges)).toEqual(points)
    }),
    { numRuns: 20 },
  )
})

test('no two peers are drawn on top of each other', () => {
  fc.assert(
    fc.property(graph, ({ n, edges }) => {
      const points = layoutGraph(n, edges)
      points.forEach((a, i) => {
        for (const b of points.slice(i + 1)) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(0.005)
      })
    }),
    { numRuns: 20 },
  )
})

test('a ring is drawn as a circle with peer 0 at the top', () => {
  const points = layoutGraph(8, ring)
  for (const { x, y } of points) expect(Math.hypot(x - 0.5, y - 0.5)).toBeCloseTo(0.5, 1)
  expect(points[0]?.x).toBeCloseTo(0.5, 2)
  expect(points[0]?.y).toBeCloseTo(0, 2)
})

test('a star is drawn with its centre in the middle', () => {
  const [centre] = layoutGraph(
    9,
    [1, 2, 3, 4, 5, 6, 7, 8].map((leaf) => [0, leaf] as const),
  )
  expect(centre?.x).toBeCloseTo(0.5, 1)
  expect(centre?.y).toBeCloseTo(0.5, 1)
})

test('every edge is a line, every honest peer a circle, every Byzantine peer a diamond', () => {
  const { document } = parseHTML(drawTopology({ n: 8, edges: ring, byzantine: [1, 6] }))
  const svg = document.querySelector('svg')
  expect(svg?.querySelectorAll('line')).toHaveLength(8)
  expect(svg?.querySelectorAll('line[stroke-dasharray]')).toHaveLength(4)
  // One more of each in the legend.
  expect(svg?.querySelectorAll('circle')).toHaveLength(6 + 1)
  expect(svg?.querySelectorAll('path')).toHaveLength(2 + 1)
  expect(svg?.getAttribute('aria-label')).toBe('8 peers, 8 edges; Byzantine: 1, 6')
})

test('without Byzantine peers there is no diamond, nor in the legend', () => {
  const svg = drawTopology({ n: 8, edges: ring, byzantine: [] })
  expect(svg).not.toContain('<path')
  expect(svg).toContain('no Byzantine peer')
})

test('of very many edges an even sample is drawn', () => {
  const n = 200
  const complete = Array.from({ length: n }, (_, i) => Array.from({ length: i }, (_, j) => [j, i] as const)).flat()
  const drawn = drawTopology({ n, edges: complete, byzantine: [0] }).match(/<line /g)?.length ?? 0
  expect(complete).toHaveLength(19_900)
  expect(edgeStride(complete.length)).toBe(5)
  expect(drawn).toBe(19_900 / 5)
  expect(edgeStride(4000)).toBe(1)
})
