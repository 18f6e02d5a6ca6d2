import { basename } from 'node:path'
import { expect, test } from 'vitest'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { differences, groupsOf } from '#report/comparison/groups.ts'
import { comparisonFindings, renderComparison } from '#report/comparison/html.ts'
import type { Summary } from '#report/summary/summary.ts'
import { summaryEndingAt, syntheticSweep } from '../sweep/synthetic-sweep.ts'
import { quickstart } from '../synthetic.ts'

const run = (folder: string, experiment: Experiment, end: number) => {
  const summary: Summary = { ...summaryEndingAt(end), experiment }
  return { kind: 'run', folder, name: basename(folder), summary } as const
}
const seeds = (folder: string, changes: Record<string, unknown>, ends: readonly number[]) =>
  ends.map((end, i) => run(`runs/${folder}-${i + 1}`, quickstart({ ...changes, seed: i + 1 }), end))
const median = seeds('median', { name: 'with-median' }, [0.9, 0.91, 0.92])
const krum = seeds('krum', { name: 'with-krum', aggregation: { name: 'krum', f: 1 } }, [0.8, 0.82, 0.81])

test('runs that differ only in the seed are one group', () => {
  const groups = groupsOf([...median, ...krum])
  expect(groups.map(({ label, runs }) => [label, runs.map(({ seed }) => seed)])).toEqual([
    ['with-median', [1, 2, 3]],
    ['with-krum', [1, 2, 3]],
  ])
})

test('the options that differ are listed, the seed is not', () => {
  const rows = differences(groupsOf([...median, ...krum]))
  expect(rows).toContainEqual({ path: 'aggregation.name', values: ['median', 'krum'] })
  expect(rows).toContainEqual({ path: 'aggregation.f', values: ['–', '1'] })
  expect(rows.some(({ path }) => ['seed', 'name', 'learning.model'].includes(path))).toBe(false)
})

test('equal labels get the one or two options that differ, or the folder', () => {
  const labels = (changes: Record<string, unknown>) =>
    groupsOf([...median, ...seeds('other', { name: 'with-median', ...changes }, [0.9])]).map(({ label }) => label)
  expect(labels({ rounds: { count: 20 } })).toEqual(['with-median (count 40)', 'with-median (count 20)'])
  expect(labels({ rounds: { count: 20, deadlineMs: 9000, evaluateEvery: 2 } })).toEqual([
    'with-median (median-1)',
    'with-median (other-1)',
  ])
})

test('cells of a sweep are groups of their own, beside runs', () => {
  const axes = [{ name: 'attack.z', labels: ['1', '2'] }]
  const results = syntheticSweep({ axes, seeds: [1, 2], ends: () => 0.9 })
  const groups = groupsOf([{ kind: 'sweep', folder: 'sweeps/a', results }, ...krum])
  expect(groups.map(({ label, runs }) => [label, runs.length])).toEqual([
    ['z 1', 2],
    ['z 2', 2],
    ['with-krum', 3],
  ])
})

test('the findings are the final accuracies and the difference paired by seed', () => {
  const lines = comparisonFindings(groupsOf([...krum, ...median]))
  expect(lines[0]).toMatch(
    /^Mean accuracy of honest peers after the last round: 91\.0 % ± 2\.5 \(with-median\) and 81\.0 %/,
  )
  // Differences 0.1, 0.09, 0.11: mean 0.1, standard deviation 0.01.
  expect(lines[1]).toBe('with-median minus with-krum: +10.0 points ± 2.5 over 3 common seeds.')
})

test('the page has curves, differences and metrics, and escapes text of files', () => {
  const odd = median.map((entry) => ({ ...entry, folder: '<b>runs</b>' }))
  const page = renderComparison(groupsOf([...odd, ...krum]))
  expect(page).toContain('<svg')
  expect(page).toContain('aggregation.name')
  expect(page).toContain('accuracy.worstAtBest')
  expect(page).not.toContain('<b>')
  expect(page).not.toContain('<script')
})

test('one run of each side has no interval and no contrast', () => {
  const lines = comparisonFindings(groupsOf([median[0], krum[0]].filter((entry) => entry !== undefined)))
  expect(lines).toEqual([
    'Mean accuracy of honest peers after the last round: 90.0 % (with-median) and 80.0 % (with-krum).',
  ])
})
