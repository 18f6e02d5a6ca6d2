import { expect, test } from 'vitest'
import { configurePipeline } from '#aggregation/pipeline.ts'
import { bucketing } from '#aggregation/pre-aggregators/bucketing.ts'
import { inputOf } from '../input.ts'

const rows = [[0], [1], [2], [3], [4]]
const of = (values: Record<string, unknown>) => bucketing.configure({ name: 'bucketing', ...values }, 5)

test('averages buckets in the given order; the last one is smaller', () => {
  const stage = of({ size: 2, permutation: [4, 0, 3, 1, 2] })
  const { vectors, mixing, own } = stage.transform(inputOf(rows, { own: 3 }))
  expect(vectors.map(([value]) => value)).toEqual([2, 2, 2])
  expect(mixing[0]).toEqual([0.5, 0, 0, 0, 0.5])
  expect(own).toBe(1)
  expect(stage.outputs(5)).toBe(3)
})

test('draws the order, each vector once', () => {
  const { mixing } = of({ size: 1 }).transform(inputOf(rows, { random: () => 0 }))
  expect(mixing.map((row) => row.indexOf(1)).sort()).toEqual([0, 1, 2, 3, 4])
  expect(mixing.map((row) => row.indexOf(1))).not.toEqual([0, 1, 2, 3, 4])
  expect(() => of({}).transform(inputOf(rows))).toThrow('bucketing draws at random')
})

test('identity is the order of the peers', () => {
  const { vectors } = of({ permutation: 'identity' }).transform(inputOf(rows))
  expect(vectors.map(([value]) => value)).toEqual([0.5, 2.5, 4])
})

test('refuses a list that is no permutation of the vectors', () => {
  for (const permutation of [
    [0, 1, 2],
    [0, 0, 1, 2, 3],
    [1, 2, 3, 4, 5],
  ]) {
    expect(() => of({ permutation }).transform(inputOf(rows))).toThrow('bucketing needs a permutation of 0 to 4')
  }
})

test('a rule behind it has as many vectors as there are buckets', () => {
  const config = { name: 'trimmed-mean', f: 1, before: [{ name: 'bucketing', size: 2 }] }
  expect(() => configurePipeline(config, 4)).toThrow('trimmed-mean needs n > 2f, got n=2, f=1')
  expect(configurePipeline(config, 6).minimum).toBe(5)
})
