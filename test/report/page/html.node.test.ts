import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import type { LoggedEvent } from '#protocol/record/events.ts'
import { ownMean } from '#report/drawing/figures.ts'
import { lineChart, spread, wrap } from '#report/drawing/line-chart.ts'
import { accuracyFigure } from '#report/figures/accuracy-figure.ts'
import { consensusFigure } from '#report/figures/consensus-figure.ts'
import { influenceFigure } from '#report/figures/influence-figure.ts'
import { phasesFigure } from '#report/figures/phases-figure.ts'
import { realisedZFigure } from '#report/figures/realised-z-figure.ts'
import { trafficFigure } from '#report/figures/traffic-figure.ts'
import { renderReport } from '#report/page/html.ts'
import { parameterRows } from '#report/summary/parameters.ts'
import { type RunResult, summarise } from '#report/summary/summarise.ts'
import { quickstart, quickstartResult } from '../synthetic.ts'

const summary = summarise(quickstartResult())
const page = (changes: Partial<RunResult> = {}) =>
  parseHTML(renderReport(summarise(quickstartResult(changes)))).document
const size = { width: 840, height: 400 }

test('a report has no scripts and loads nothing', () => {
  const text = renderReport(summary)
  const document = page()
  expect(document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content')).toContain(
    "default-src 'none'",
  )
  for (const element of document.querySelectorAll('*')) {
    expect([
      'SCRIPT',
      'LINK',
      'IFRAME',
      'OBJECT',
      'EMBED',
      'IMG',
      'IMAGE',
      'USE',
      'BASE',
      'FOREIGNOBJECT',
    ]).not.toContain(element.tagName.toUpperCase())
    for (const { name } of element.attributes) expect(name).not.toMatch(/^(src|srcset|href|xlink:href|on.*)$/)
  }
  const outside = /https?:|\/\/[a-z0-9]|@import|url\(/gi
  expect(text.replaceAll('http://www.w3.org/2000/svg', '').match(outside)).toBeNull()
})

test('text of peers and files never becomes markup', () => {
  const hostile = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
  const base = quickstartResult()
  const log = base.log.map((event): LoggedEvent => {
    if (event.type === 'roster') {
      return { ...event, peers: event.peers.map((entry) => ({ ...entry, id: hostile, engine: hostile })) }
    }
    return event.type === 'stopped' && event.peer === 2 ? { ...event, reason: 'failed', detail: hostile } : event
  })
  const experiment = quickstart({
    question: hostile,
    twins: [{ name: 'peace', label: hostile, set: { attack: { name: 'none' } } }],
  })
  const changes = {
    log,
    experiment,
    twins: base.twins.slice(0, 1).map((twin) => ({ ...twin, label: hostile, transcriptHash: hostile })),
    environment: { [hostile]: hostile, userAgent: hostile, engines: [hostile] },
    outcome: 'broke',
    failure: hostile,
    hearsayVersion: hostile,
    experimentId: hostile,
    startedAt: hostile,
  } as const
  const text = renderReport(summarise(quickstartResult(changes)))
  expect(text.includes('<script')).toBe(false)
  expect(text.includes('<img')).toBe(false)
  const document = page(changes)
  expect(document.querySelectorAll('script, img, [onerror]')).toHaveLength(0)
  expect(document.querySelector('.question')?.textContent).toBe(hostile)
})

test('the first screen has the question, the verdict in words, accuracy and topology', () => {
  const document = page()
  expect(document.querySelector('h1')?.textContent).toBe('quickstart')
  expect(document.querySelector('.badge')?.textContent).toBe('Pass: as expected')
  expect(document.querySelectorAll('.first figure svg')).toHaveLength(2)
  expect(document.querySelectorAll('.verdict li')[0]?.textContent).toContain('As expected')
})

test.each([
  [{ outcome: 'broke', failure: 'no quorum' }, 'Fail: swarm broke'],
  [{ outcome: 'interrupted' }, 'Stopped: interrupted'],
  [{ experiment: quickstart({ expect: [{ metric: 'accuracy.mean', atLeast: 0.99 }] }) }, 'Fail: expectation failed'],
] as const)('a run that did not go as expected says so: %#', (changes, words) => {
  const badge = page(changes).querySelector('.badge')
  expect(badge?.textContent).toBe(words)
  expect(badge?.className).toContain('fail')
})

test('a log with only a roster still gives a report', () => {
  const document = page({
    log: quickstartResult().log.slice(0, 1),
    twins: [],
    neighbourhoods: [],
    consensus: [],
    outcome: 'broke',
  })
  expect(document.querySelector('.first figure')?.textContent).toContain('Nothing was evaluated.')
  expect(document.querySelectorAll('.first figure svg')).toHaveLength(1)
  expect(document.body.textContent?.match(/NaN|undefined|Infinity/)).toBeNull()
})

test('the class of repetition is at the top, with the replay command or the reason against it', () => {
  const setting = (changes: Partial<RunResult>) => page(changes).querySelector('.setting')?.textContent
  const commands = (changes: Partial<RunResult>) =>
    [...page(changes).querySelectorAll('pre')].map((command) => command.textContent)
  expect(setting({})).toContain('replays bit for bit (D1)')
  expect(commands({})).toContain('hearsay replay .')
  const statistical = { repetition: { class: 'D2', reason: 'guests came', transcriptHash: null } } as const
  expect(setting(statistical)).toContain('repeats statistically (D2: guests came)')
  expect(commands(statistical)).not.toContain('hearsay replay .')
  expect(page(statistical).body.textContent).toContain('not bit for bit: guests came.')
  const outside = {
    repetition: { class: 'D2', reason: 'its rule is the file my.ts', otherwise: 'D0', transcriptHash: null },
  } as const
  expect(setting(outside)).toContain('(D2: its rule is the file my.ts)')
  expect(commands(outside)).toContain('hearsay replay .')
  expect(page(outside).body.textContent).toContain('computes the same again, the run repeats bit for bit (D0)')
})

test('the table of peers has a row for each, with Byzantine peers marked and rejections by reason', () => {
  const table = page().querySelectorAll('table')[0]
  const rows = [...(table?.querySelectorAll('tbody tr') ?? [])]
  expect(rows).toHaveLength(8)
  expect(rows.filter((row) => row.textContent?.includes('Byzantine'))).toHaveLength(2)
  expect(rows[0]?.textContent).toContain('1 late')
})

test('the table of parameters has every option of the experiment, with descriptions of the schema', () => {
  const rows = parameterRows(quickstart())
  const row = (path: string) => rows.find((entry) => entry.path === path)
  expect(row('learning.batchSize')).toEqual({
    path: 'learning.batchSize',
    value: '32',
    description: 'Examples in a mini-batch',
  })
  expect(row('attack.z')?.value).toBe('10')
  expect(row('runtime.tabs')?.description).toContain('Number of peers that are tabs')
  expect(rows.filter((entry) => entry.description === '')).toEqual([])
})

test('the accuracy figure has a line for mean, worst and each twin, distinct without colour', () => {
  const { document } = parseHTML(accuracyFigure(summary, size) ?? '')
  const lines = [...document.querySelectorAll('[aria-label="line"]')]
  expect(lines).toHaveLength(6)
  const looks = lines.map((line) => `${line.getAttribute('stroke-dasharray')} ${line.getAttribute('stroke-width')}`)
  expect(new Set(looks).size).toBe(6)
  const text = document.querySelector('svg')?.textContent ?? ''
  for (const label of ['this run: mean 90.1 %', 'this run: worst 89.4 %', 'nobody lies 91.7 %', 'each peer alone']) {
    expect(text).toContain(label)
  }
  expect(text).toContain('round')
  expect(text).toContain('accuracy on the test set')
})

test('the attack-free twin is drawn dashed', () => {
  const only = { ...summary, twins: summary.twins.filter((twin) => twin.name === 'peace') }
  const { document } = parseHTML(accuracyFigure(only, size) ?? '')
  const dashed = [...document.querySelectorAll('[aria-label="line"]')].filter((line) =>
    line.getAttribute('stroke-dasharray'),
  )
  expect(dashed).toHaveLength(1)
})

test('the influence figure has a cell for each vector that an honest peer sees, and frames those of Byzantine peers', () => {
  const svg = influenceFigure(summary) ?? ''
  const { document } = parseHTML(svg)
  const cells = [...document.querySelectorAll('[aria-label="cell"]')].map(
    (group) => group.querySelectorAll('rect').length,
  )
  // Six honest peers with four neighbours and themselves; each Byzantine peer has four honest neighbours.
  expect(cells).toEqual([30, 8])
  expect(svg).toContain('✕ 1')
  expect(svg).toContain('✕ 6')
})

test('figures without measurements are left out', () => {
  const bare = summarise(
    quickstartResult({ log: quickstartResult().log.slice(0, 1), neighbourhoods: [], consensus: [], twins: [] }),
  )
  const figures = [influenceFigure, realisedZFigure, consensusFigure, trafficFigure, phasesFigure]
  expect(figures.map((draw) => draw(bare))).toEqual([null, null, null, null, null])
  expect(figures.map((draw) => draw(summary)?.startsWith('<svg'))).toEqual([true, true, true, true, true])
})

test('a report is the same text each time', () => {
  const [first, second] = [renderReport(summary), renderReport(summary)]
  expect(first === second).toBe(true)
})

test('labels keep their order, a distance, and the frame', () => {
  const boxes = [10, 12, 13, 90, 99, 100].map((wanted) => ({ size: 14, wanted }))
  const centres = spread(boxes, 0, 106)
  centres.slice(1).forEach((centre, i) => {
    expect(centre - (centres[i] as number)).toBeGreaterThanOrEqual(14 - 1e-9)
  })
  expect(centres[0]).toBeGreaterThanOrEqual(7)
  expect(centres[5]).toBeLessThanOrEqual(99)
  expect(spread([{ size: 14, wanted: 50 }], 0, 100)).toEqual([50])
})

test('long labels are broken at words and cut after three lines', () => {
  expect(wrap('the attack and the trimmed mean', 20)).toEqual(['the attack and the', 'trimmed mean'])
  expect(wrap('a b c d e', 1)).toEqual(['a', 'b', '…'])
})

test('of many peers the worst honest ones are shown, and all on a click; engines have ranges of peers', () => {
  const [peer] = summary.peers
  const peers = Array.from({ length: 100 }, (_, i) => ({
    ...peer!,
    ...{ peer: i, role: i % 10 === 0 ? ('byzantine' as const) : ('honest' as const), accuracy: i / 100 },
  }))
  const engines = Object.fromEntries(peers.map((_, i) => [i, i === 7 ? 'tfjs-webgpu' : 'wasm']))
  const { document } = parseHTML(renderReport({ ...summary, peers, environment: { engines } }))
  const numbers = (table: string): number[] =>
    [...document.querySelectorAll(`${table} tbody tr`)].map((row) => Number(row.querySelector('td')?.textContent))
  expect(numbers('section > .wide')).toEqual(expect.arrayContaining([1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13]))
  expect(numbers('section > .wide')).not.toContain(10)
  expect(numbers('details')).toEqual(peers.map((_, i) => i))
  expect(document.body.textContent).toContain('wasm: 0 to 6, 8 to 99; tfjs-webgpu: 7')
})

test('a chart grows until the names of all its lines have room', () => {
  const chart = (lines: number) =>
    lineChart({
      name: 'names',
      description: 'many names',
      series: Array.from({ length: lines }, (_, i) => ({
        ...{ label: `a rule with a rather long name, number ${i}`, value: '90.0 %', style: ownMean },
        points: [{ x: 1, y: 0.5 }],
      })),
      ...{ width: 840, height: 380, xLabel: 'round', yLabel: 'accuracy', yDomain: [0, 1] as const, yFormat: String },
    })
  const height = (lines: number): number => Number(/height="(\d+)"/.exec(chart(lines))?.[1])
  expect(height(2)).toBe(380)
  // Three lines of 14 pixels and 5 between names.
  expect(height(14)).toBeGreaterThan(14 * 47)
})
