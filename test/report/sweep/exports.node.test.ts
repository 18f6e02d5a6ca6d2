import { readFileSync } from 'node:fs'
import { parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import { type Column, curveColumns, resultColumns, toCsv, toParquet } from '#report/sweep/exports.ts'
import { samplesOf } from '#report/sweep/samples.ts'
import { syntheticSweep } from './synthetic-sweep.ts'

test('an axis with the name of a metric does not hide the metric', () => {
  const axes = [{ name: 'accuracy.mean', labels: ['asked', 'wished'] }]
  const { plan, finished, missing } = syntheticSweep({ axes, seeds: [1, 2], ends: () => 0.5 })
  const columns = resultColumns(plan, samplesOf({ plan, finished, missing }).usable)
  expect(columns.find(({ name }) => name === 'accuracy.mean')?.data).toEqual(['asked', 'wished', 'asked', 'wished'])
  expect(columns.find(({ name }) => name === 'accuracy.mean (measured)')?.data[0]).toBeCloseTo(0.5, 1)
  expect(toCsv(columns)).toMatch(/^accuracy\.mean,.*accuracy\.mean \(measured\)/)
  expect(toParquet(columns).length).toBeGreaterThan(0)
})

test('a missing value is an empty cell in CSV and a null in Parquet, for every type', async () => {
  const columns: Column[] = [
    { name: 'rule', type: 'STRING', data: ['median', null] },
    { name: 'seed', type: 'INT32', data: [1, null] },
    { name: 'accuracy.mean', type: 'DOUBLE', data: [null, 0.5] },
  ]
  expect(toCsv(columns)).toBe('rule,seed,accuracy.mean\nmedian,1,\n,,0.5\n')
  const rows = await parquetReadObjects({ file: toParquet(columns).slice().buffer })
  expect(rows.map((row) => columns.map(({ name }) => row[name] ?? null))).toEqual([
    ['median', 1, null],
    [null, null, 0.5],
  ])
})

test('every column of the tables is documented', () => {
  const page = readFileSync(new URL('../../../docs/results.md', import.meta.url), 'utf8')
  const { plan, finished, missing } = syntheticSweep({ axes: [], seeds: [1], ends: () => 0.5 })
  const samples = samplesOf({ plan, finished, missing }).usable
  const told = (name: string): boolean => {
    const [group, last] = name.split('.')
    return (
      page.includes(`\`${name}\``) ||
      (page.includes(`\`${group}.`) && page.includes(`\`.${last}\``)) ||
      /^time\.to\d\d$/.test(name)
    )
  }
  const names = [...resultColumns(plan, samples), ...curveColumns(plan, samples)].map(({ name }) => name)
  expect(names.filter((name) => !told(name))).toEqual([])
})
