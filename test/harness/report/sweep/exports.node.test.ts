import { expect, test } from 'vitest'
import { resultColumns, toCsv, toParquet } from '#harness/report/sweep/exports.ts'
import { samplesOf } from '#harness/report/sweep/samples.ts'
import { syntheticSweep } from './synthetic-sweep.ts'

test('an axis that is called as a metric is does not mix with what was measured', () => {
  const axes = [{ name: 'accuracy.mean', labels: ['asked', 'wished'] }]
  const { plan, finished, missing } = syntheticSweep({ axes, seeds: [1, 2], ends: () => 0.5 })
  const columns = resultColumns(plan, samplesOf({ plan, finished, missing }).usable)
  expect(columns.find(({ name }) => name === 'accuracy.mean')?.data).toEqual(['asked', 'wished', 'asked', 'wished'])
  expect(columns.find(({ name }) => name === 'accuracy.mean (measured)')?.data[0]).toBeCloseTo(0.5, 1)
  expect(toCsv(columns)).toMatch(/^accuracy\.mean,.*accuracy\.mean \(measured\)/)
  expect(toParquet(columns).length).toBeGreaterThan(0)
})
