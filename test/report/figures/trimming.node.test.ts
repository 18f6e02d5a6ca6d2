import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeRunFigures } from '#harness/store/write-figures.ts'
import type { LoggedEvent } from '#protocol/record/events.ts'
import { layoutGraph } from '#report/drawing/layout.ts'
import { kappaFigure } from '#report/figures/kappa-figure.ts'
import { runFigures } from '#report/figures/run-figures.ts'
import { trimmingFigure } from '#report/figures/trimming-figure.ts'
import { renderReport } from '#report/page/html.ts'
import { influenceRounds } from '#report/summary/influence-rounds.ts'
import { summarise } from '#report/summary/summarise.ts'
import { course, lattice, quickstart, quickstartResult, roster } from '../synthetic.ts'

const edges = lattice(4, 1)
/** A ring of four; peer 3 is Byzantine. */
const peers = roster(4, edges, [3])
const closed = (peer: number, round: number, influence: [number, number][]): LoggedEvent => ({
  ...{
    type: 'round-closed',
    closing: 'complete',
    peer,
    round,
    atMs: 0,
    loss: 1,
    trainMs: 1,
    waitMs: 1,
    aggregateMs: 1,
  },
  ...{ bytesSent: 0, bytesReceived: 0, accepted: [], missing: [], influence },
})
const start: LoggedEvent = { type: 'roster', peers, startedAt: 'now' }

test('keeps the influence on every edge into an honest peer; null where a vector was not used', () => {
  const data = influenceRounds([
    start,
    closed(0, 0, [
      [0, 0.5],
      [1, 0.5],
      [3, 0],
    ]),
    closed(0, 1, [[0, 1]]),
    closed(3, 0, [[3, 1]]),
  ])
  expect(data?.rounds).toEqual([0, 1])
  expect(data?.liarsOnly).toBe(false)
  expect(data?.edges.map(({ peer, from }) => `${from}>${peer}`).sort()).toEqual([
    '0>1',
    '1>0',
    '1>2',
    '2>1',
    '3>0',
    '3>2',
  ])
  expect(data?.edges.find(({ peer, from }) => peer === 0 && from === 3)?.shares).toEqual([0, null])
})

test('at most twelve rounds, with the first and the last', () => {
  const rounds =
    influenceRounds([start, ...Array.from({ length: 300 }, (_, i) => closed(0, i, [[0, 1]]))])?.rounds ?? []
  expect(rounds).toHaveLength(12)
  expect([rounds[0], rounds.at(-1)]).toEqual([0, 299])
})

test('of a dense graph only edges from Byzantine peers are kept', () => {
  const dense = Array.from({ length: 30 }, (_, a) =>
    Array.from({ length: 30 - a - 1 }, (_, b) => [a, a + b + 1] as const),
  ).flat()
  const crowd: LoggedEvent = { type: 'roster', peers: roster(30, dense, [1, 2]), startedAt: 'now' }
  const data = influenceRounds([crowd, closed(0, 0, [[0, 1]])])
  expect(data?.liarsOnly).toBe(true)
  expect(data?.edges).toHaveLength(2 * 28)
})

test('nothing to draw without an aggregation', () => {
  expect(influenceRounds([start])).toBeNull()
})

const summary = summarise(quickstartResult())

test('the drawing has every step and shows the last one', () => {
  const svg = trimmingFigure(summary, layoutGraph(8, summary.edges)) ?? ''
  expect(svg.match(/class="step"/g)).toHaveLength(12)
  expect(svg.match(/class="step" display="none"/g)).toHaveLength(11)
  expect(svg).toMatch(/round 40: \d+ of \d+ Byzantine vectors trimmed, mean influence/)
})

test('the page has a radio button for each step, the last one checked, and no script', () => {
  const page = renderReport(summary)
  expect(page.match(/<input type="radio"/g)).toHaveLength(12)
  expect(page).toContain('id="round-11" checked')
  expect(page).not.toContain('<script')
})

test('kappa is drawn where it was measured', () => {
  expect(kappaFigure(summary)).toContain('Empirical kappa over rounds, 0.3 at the end')
  expect(kappaFigure({ ...summary, neighbourhoods: [] })).toBeNull()
})

test('every figure is written to a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-figures-'))
  try {
    writeRunFigures(folder, summary)
    const drawn = runFigures(summary).filter(({ svg }) => svg !== null)
    expect(readdirSync(join(folder, 'figures')).sort()).toEqual(drawn.map(({ name }) => `${name}.svg`).sort())
    expect(drawn.length).toBeGreaterThan(8)
    // Without the namespace a browser shows no picture.
    for (const { svg } of drawn) expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('reports of many peers stay small, on a sparse graph and on a complete one', () => {
  const report = (n: number, graph: readonly (readonly [number, number])[], neighbours: boolean) => {
    const byzantinePeers = Array.from({ length: n / 10 }, (_, i) => i * 10)
    const crowd = roster(n, neighbours ? graph : [], byzantinePeers)
    const experiment = quickstart({
      peers: { honest: 0.9 * n, byzantine: 0.1 * n },
      twins: [],
      topology: { name: 'ring', neighbours: 6 },
    })
    const log = course({ peers: crowd, rounds: 4, evaluateEvery: 2, end: 0.9, apart: 0.1, seed: 1, z: 1.5 })
    return renderReport(
      summarise(quickstartResult({ experiment, edges: graph, log, twins: [], neighbourhoods: [], consensus: [] })),
    )
  }
  expect(report(300, lattice(300, 3), true).length).toBeLessThan(1.5e6)
  expect(report(400, lattice(400, 199), false).length).toBeLessThan(3e6)
})
