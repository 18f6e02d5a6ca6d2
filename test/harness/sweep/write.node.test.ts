import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { afterEach, expect, test } from 'vitest'
import { writeSweepReport } from '#harness/sweep/write.ts'
import { syntheticSweep } from '../../report/sweep/synthetic-sweep.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearsay-sweep-report-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const axes = [
  { name: 'rule', labels: ['average', 'median, "trimmed"'] },
  { name: 'attack', labels: ['none', 'sign-flip', '<script>alert(1)</script>'] },
]
const ends = ({ rule, attack }: Readonly<Record<string, string>>): number =>
  rule === 'average' && attack !== 'none' ? 0.5 : 0.9
const sweep = () =>
  syntheticSweep({
    axes,
    seeds: [1, 2, 3],
    ends,
    sweep: {
      hypotheses: [
        {
          id: 'H1',
          claim: 'The trimmed median is better',
          metric: 'accuracy.mean',
          where: {},
          contrast: { of: { rule: 'median, "trimmed"' }, against: { rule: 'average' } },
          direction: 'greater',
          minEffect: 0.05,
        },
      ],
      published: [
        { where: { rule: 'average', attack: 'none' }, metric: 'accuracy.mean', value: 0.88, source: 'Table 9' },
      ],
    },
  })
const text = (file: string): string => readFileSync(join(folder, file), 'utf8')

test('writes the report, figures, tables for notebooks and numbers', () => {
  const { path: report } = writeSweepReport(folder, sweep())
  expect(report).toBe(join(folder, 'report.html'))
  const page = text('report.html')
  expect(page).toContain('Which rule stands its ground')
  expect(page).toContain('Of one hypothesis: 1 supported (H1).')
  expect(page).toContain('Table 9')
  expect(page).not.toContain('<script>')
  expect(readdirSync(join(folder, 'figures'))).toEqual([
    '01-accuracy-after-the-last-round.svg',
    '02-accuracy-over-rounds-1.svg',
    '02-accuracy-over-rounds-2.svg',
    '02-accuracy-over-rounds-3.svg',
    'hypotheses-shares.svg',
    'published-accuracy-mean.svg',
  ])
  for (const file of readdirSync(join(folder, 'figures'))) {
    expect(text(`figures/${file}`)).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
  }
  const results = JSON.parse(text('results.json'))
  expect(results.cells).toHaveLength(6)
  expect(results.cells[0].metrics['accuracy.mean'].n).toBe(3)
  expect(results.hypotheses[0].verdict).toBe('supported')
})

test('results have a row for each run, curves for each run, round and metric; CSV and Parquet agree', async () => {
  writeSweepReport(folder, sweep())
  const rows = await parquet('results.parquet')
  expect(rows).toHaveLength(18)
  expect(rows[0]).toMatchObject({ rule: 'average', attack: 'none', seed: 1, verdict: 'as expected' })
  const lines = text('results.csv').trimEnd().split('\n')
  expect(lines).toHaveLength(19)
  expect(lines[0]?.split(',').slice(0, 4)).toEqual(['rule', 'attack', 'seed', 'verdict'])
  expect(lines[4]).toMatch(/^"median, ""trimmed""",none,1,/)
  expect(Number(lines[1]?.split(',')[4])).toBe(rows[0]?.['accuracy.mean'])
  const curves = await parquet('curves.parquet')
  // 18 runs with accuracy (mean, worst and 10th percentile), loss and consensus distance at 8 evaluated rounds.
  expect(curves).toHaveLength(18 * 5 * 8)
  expect(curves[0]).toMatchObject({ rule: 'average', round: 5, metric: 'accuracy.mean' })
  expect(text('curves.csv').trimEnd().split('\n')).toHaveLength(18 * 5 * 8 + 1)
})

test('names missing and broken runs, and excludes them from the means', () => {
  const { plan, finished } = sweep()
  const [gone, broken, ...rest] = finished
  if (!gone || !broken) throw new Error('the sweep has runs')
  const lines = ['The swarm broke after 3 of 40 rounds: a peer died.']
  const verdict = { ...broken.summary.verdict, kind: 'swarm broke', exitCode: 3, lines } as const
  writeSweepReport(folder, {
    plan,
    finished: [{ run: broken.run, summary: { ...broken.summary, verdict } }, ...rest],
    missing: [{ ...gone.run, state: 'broke', reason: 'the rule <b> ended' }],
  })
  const page = text('report.html')
  const row = (reason: string, run: string): string =>
    `<td class="path">broke</td><td class="number">1</td><td>${reason}</td><td class="value dim">${run}</td>`
  expect(page).toContain(row('the rule &lt;b&gt; ended', 'rule average, attack none, seed 1 (runs/0-1)'))
  expect(page).toContain(row(lines[0] as string, 'rule average, attack sign-flip, seed 1 (runs/1-1)'))
  expect(JSON.parse(text('results.json')).cells[1].metrics['accuracy.mean'].n).toBe(2)
})

test('a sweep without a finished run has a note; figures of an earlier report are removed', () => {
  writeSweepReport(folder, sweep())
  writeFileSync(join(folder, 'figures', 'notes.svg'), 'mine')
  const { plan, finished } = sweep()
  writeSweepReport(folder, {
    plan,
    finished: [],
    missing: finished.map(({ run }) => ({ ...run, state: 'not begun', reason: null })),
  })
  expect(text('report.html')).toContain('No run is finished.')
  expect(readdirSync(join(folder, 'figures'))).toEqual(['notes.svg'])
  expect(existsSync(join(folder, 'results.parquet'))).toBe(true)
})

async function parquet(file: string): Promise<Record<string, unknown>[]> {
  const bytes = readFileSync(join(folder, file))
  return parquetReadObjects({
    file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
  })
}
