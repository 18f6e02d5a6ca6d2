import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ExperimentError, type ExperimentInput, type SweptRun, sweep } from '#harness/index.ts'

const out = mkdtempSync(join(tmpdir(), 'hearsay-sweep-test-'))
afterAll(() => rmSync(out, { recursive: true, force: true }))

const small = {
  name: 'small',
  peers: 4,
  topology: 'complete',
  learning: { dataset: 'digits', model: 'softmax-regression' },
  aggregation: 'median',
  rounds: { count: 2, evaluateEvery: 2 },
  sweep: { seeds: 2, grid: { aggregation: ['median', 'average'] } },
} satisfies ExperimentInput

test('resolves to the metrics of every cell, and reports each run as it ends', async () => {
  const ended: SweptRun[] = []
  const { results, runs, broken, folder } = await sweep(small, { out, onRun: (run) => void ended.push(run) })
  expect(results.cells.map(({ coordinates }) => coordinates.aggregation)).toEqual(['median', 'average'])
  expect(results.cells[0]?.metrics['accuracy.mean']?.mean).toBeGreaterThan(0.3)
  expect(runs.map(({ summary }) => summary.verdict.kind)).toEqual(Array(4).fill('as expected'))
  expect(ended.map(({ failure }) => failure)).toEqual(Array(4).fill(undefined))
  expect(broken).toEqual([])
  expect(readdirSync(folder ?? '')).toContain('results.json')
})

test('finished runs in the folder are refused, or kept with resume', async () => {
  await expect(sweep(small, { out })).rejects.toThrow(/already has 4 of 4 runs/)
  const ended: SweptRun[] = []
  const { runs } = await sweep(small, { out, resume: true, onRun: (run) => void ended.push(run) })
  expect([runs.length, ended.length]).toEqual([4, 0])
})

test('an abort rejects with its reason', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const ended = sweep(small, { signal: controller.signal, jobs: 1, onRun: () => controller.abort(reason) })
  await expect(ended).rejects.toBe(reason)
})

test('an experiment without a sweep, and a wrong cell, are refused', async () => {
  const { sweep: _, ...single } = small
  await expect(sweep(single)).rejects.toThrow(ExperimentError)
  await expect(sweep({ ...small, sweep: { grid: { aggregation: ['medain'] } } })).rejects.toThrow(/did you mean median/)
})
