import { expect, test } from 'vitest'
import type { SweepFigure } from '#protocol/experiment/sweep-schema.ts'
import { drawFigures } from '#report/sweep/figures.ts'
import { sweepFindings } from '#report/sweep/findings.ts'
import { samplesOf } from '#report/sweep/samples.ts'
import { type Ends, syntheticSweep } from './synthetic-sweep.ts'

const axes = [
  { name: 'rule', labels: ['average', 'median', 'Krum'] },
  { name: 'attack', labels: ['none', 'sign-flip'] },
  { name: 'data', labels: ['IID', 'skewed'] },
]
const ends: Ends = ({ rule, attack }) =>
  rule === 'average' && attack === 'sign-flip' ? 0.2 : rule === 'Krum' ? 0.8 : 0.9
const sweep = (figures: SweepFigure[], changes: Partial<Parameters<typeof syntheticSweep>[0]> = {}) => {
  const results = syntheticSweep({ axes, seeds: [1, 2, 3], ends, noise: 0.01, ...changes, sweep: { figures } })
  const samples = samplesOf(results).usable
  return { plan: results.plan, samples, ...drawFigures(results.plan, samples) }
}
const heatmap: SweepFigure = {
  ...{ kind: 'heatmap', title: 'Worst case', metric: 'accuracy.mean', rows: 'rule', columns: 'attack' },
  ...{ worst: 'min', where: { data: 'IID' } },
}
const findingsOf = ({ plan, samples }: ReturnType<typeof sweep>): string[] =>
  sweepFindings({ plan, samples, hypotheses: [], comparisons: [] })

test('axes outside a figure are never averaged over: each label gets a picture', () => {
  const { drawn } = sweep([heatmap, { ...heatmap, where: {} }])
  expect(drawn.map(({ name, title }) => [name, title])).toEqual([
    ['01-worst-case', 'Worst case'],
    ['02-worst-case-1', 'Worst case: data IID'],
    ['02-worst-case-2', 'Worst case: data skewed'],
  ])
})

test('a heat map prints its values, and the worst of each row with its column', () => {
  const svg = sweep([heatmap], { noise: 0 }).drawn[0]?.svg ?? ''
  for (const text of ['90.0', '20.0', '80.0', 'worst case', 'sign-flip']) expect(svg).toContain(text)
})

test('the finding of a heat map names the best and the worst row', () => {
  const [first, second] = findingsOf(sweep([heatmap]))
  expect(first).toMatch(/^Worst case over attack \(.*\): median is the best rule of 3 with \d/)
  expect(first).toMatch(/average the worst with \d.* at sign-flip\.$/)
  expect(second).toBeUndefined()
})

test('rules without a significant difference get a sentence that says so', () => {
  const close: Ends = ({ rule }) => (rule === 'average' ? 0.2 : rule === 'Krum' ? 0.8999 : 0.9)
  expect(findingsOf(sweep([heatmap], { ends: close, noise: 0.05 }))[1]).toMatch(
    /^No significant difference between .*: .* paired by seed\.$/,
  )
})

test('a row without all columns is not ranked', () => {
  const whole = sweep([heatmap])
  const samples = whole.samples.filter(
    ({ coordinates }) => coordinates.rule !== 'median' || coordinates.attack === 'none',
  )
  const lines = sweepFindings({ plan: whole.plan, samples, hypotheses: [], comparisons: [] })
  expect(lines[0]).toContain('Krum is the best rule of 2')
  expect(lines.at(-1)).toMatch(/^Not ranked, because some attack is missing: median \(with .* at none\)\.$/)
})

test('baselines of the list have a sentence', () => {
  expect(findingsOf(sweep([heatmap], { list: ['alone'], noise: 0 })).at(-1)).toBe('Beside them: alone 90.0 % ± 0.0.')
})

const line: SweepFigure = {
  ...{ kind: 'line', title: 'Breakdown', metric: 'accuracy.worst', x: 'liars', lines: 'rule', where: {}, mark: 3 },
}
const breakdown = {
  axes: [
    { name: 'liars', labels: ['2', '4', '10'] },
    { name: 'rule', labels: ['average', 'median'] },
  ],
  ends: ({ liars, rule }: Readonly<Record<string, string>>) => 0.9 - (rule === 'average' ? 0.05 : 0.01) * Number(liars),
}

test('a line figure runs over the numbers of its axis and marks a point', () => {
  const { drawn, gaps } = sweep([line], { ...breakdown, noise: 0 })
  expect(gaps).toEqual([])
  expect(drawn[0]?.svg).toContain('median')
  expect(drawn[0]?.svg).toContain('38.0')
  expect(findingsOf(sweep([line], { ...breakdown, noise: 0 }))[0]).toBe(
    'Last-round accuracy, worst honest peer, as liars goes from 2 to 10: average from 78.0 % to 38.0 % and median from 86.0 % to 78.0 %.',
  )
})

test('figures that cannot be drawn are named with the reason', () => {
  const { drawn, gaps } = sweep([
    { ...line, x: 'rule', lines: 'attack', where: { data: 'IID' } },
    { ...heatmap, metric: 'attack.successRate' },
    { ...heatmap, where: { data: 'nowhere' } },
  ])
  expect(drawn).toEqual([])
  expect(gaps.map(({ reason }) => reason)).toEqual([
    'its axis rule needs numbers, but average is not a number',
    'attack.successRate was not measured',
    'none of its runs is finished',
  ])
})

test('without figures in the file: the first screen has a heat map of two axes, or a line over numbers', () => {
  expect(sweep([], { axes: axes.slice(0, 2) }).drawn.map(({ name }) => name)).toEqual([
    '01-accuracy-after-the-last-round',
    '02-accuracy-over-rounds-1',
    '02-accuracy-over-rounds-2',
    '02-accuracy-over-rounds-3',
  ])
  expect(sweep([], breakdown).drawn[0]?.svg).toContain('liars')
})
