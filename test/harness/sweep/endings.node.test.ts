import { expect, test } from 'vitest'
import { endingLines, failsSweep } from '#harness/sweep/endings.ts'
import { sweepTable } from '#harness/sweep/sweep-table.ts'
import type { Verdict } from '#report/summary/summary.ts'
import { analyse } from '#report/sweep/analysis.ts'
import { renderSweepReport } from '#report/sweep/html.ts'
import type { SweepResults } from '#report/sweep/results.ts'
import { syntheticSweep } from '../../report/sweep/synthetic-sweep.ts'

const missed = { metric: 'accuracy.mean', bound: 'at least 0.9', value: 0.5, holds: false }
const met = { ...missed, value: 0.95, holds: true }
const asExpected: Verdict = { kind: 'as expected', exitCode: 0, expectations: [met], lines: [] }
const failed: Verdict = { kind: 'expectation failed', exitCode: 1, expectations: [missed], lines: [] }
const vacuous: Verdict = { kind: 'vacuous attack', exitCode: 1, expectations: [], lines: [] }
const vacuousThoughExpected: Verdict = { ...vacuous, expectations: [met] }

const starved: Verdict = { kind: 'honest peers starved', exitCode: 1, expectations: [], lines: [] }

/** Two seeds of each z; all runs with the same z have the same verdict. */
function sweepOver(verdicts: Readonly<Record<string, Verdict>>): SweepResults {
  const results = syntheticSweep({
    axes: [{ name: 'attack.z', labels: Object.keys(verdicts) }],
    seeds: [1, 2],
    ends: () => 0.9,
  })
  const finished = results.finished.map(({ run, summary }) => {
    const z = results.plan.cells[run.cell]?.coordinates['attack.z'] as string
    return { run, summary: { ...summary, verdict: verdicts[z] as Verdict } }
  })
  return { ...results, finished }
}

test('a sweep fails by expectations, and by a vacuous attack only in runs with expectations', () => {
  expect([asExpected, failed, vacuous, vacuousThoughExpected].map(failsSweep)).toEqual([false, true, false, true])
})

test('failed runs and runs that tested nothing are counted separately, by cell', () => {
  expect(endingLines(sweepOver({ '0': vacuous, '0.5': failed, '1.5': asExpected }))).toEqual([
    '6 of 6 runs finished',
    'in 2 runs an expectation failed: attack.z 0.5',
    'in 2 runs the attack was vacuous (z = 0), so they tested nothing: attack.z 0',
  ])
  expect(endingLines(sweepOver({ '0': vacuousThoughExpected })).slice(1)).toEqual([
    'in 2 runs the attack was vacuous (z = 0), so their expectations fail: attack.z 0',
  ])
})

test('runs with starved honest peers count and are marked, and fail a sweep only with expectations', () => {
  const results = sweepOver({ '1': starved, '2': asExpected })
  expect(endingLines(results)).toEqual([
    '4 of 4 runs finished',
    'in 2 runs most honest peers starved and stopped learning: attack.z 1',
  ])
  expect([starved, { ...starved, expectations: [met] }].map(failsSweep)).toEqual([false, true])
  const table = sweepTable(results)
  expect(table).toContain('2 of 2, 2 starved')
  expect(table.match(/2 of 2 /g)).toHaveLength(1)
  const page = renderSweepReport(results, analyse(results))
  expect(page).toContain('>2 (2 starved)<')
  expect(page).toContain(
    'In 2 runs most honest peers starved and stopped learning; means include their last value: z 1.',
  )
})

test('a good sweep is one line; missing runs and shared folders count once', () => {
  const results = sweepOver({ '1': asExpected, '2': asExpected })
  const [first, ...rest] = results.finished
  const shared = { run: { ...rest[0]!.run, folder: first!.run.folder }, summary: first!.summary }
  const missing = { ...rest[1]!.run, state: 'not begun', reason: null } as const
  expect(endingLines({ ...results, finished: [first!, shared], missing: [missing, missing] })).toEqual([
    '1 of 2 runs finished',
  ])
})

test('of more than four cells only the number is given', () => {
  const many = sweepOver(Object.fromEntries(['1', '2', '3', '4', '5', '6'].map((z) => [z, failed])))
  expect(endingLines(many)[1]).toBe(
    'in 12 runs an expectation failed: attack.z 1; attack.z 2; attack.z 3; attack.z 4; and 2 more cells',
  )
})

test('broken runs are listed with their reason', () => {
  const results = sweepOver({ '1': asExpected, '2': asExpected })
  const [first, second, ...rest] = results.finished.map(({ run }) => run)
  const broke = { state: 'broke', reason: 'the rule ended (exit code 0)' } as const
  const missing = [...[first!, second!].map((run) => ({ ...run, ...broke })), { ...rest[0]!, ...broke, reason: null }]
  expect(endingLines({ ...results, finished: results.finished.slice(3), missing })).toEqual([
    '1 of 4 runs finished',
    '2 runs broke (attack.z 1; attack.z 2): the rule ended (exit code 0)',
    '1 run broke (attack.z 1): no reason was recorded',
  ])
})
