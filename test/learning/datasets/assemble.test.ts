import { expect, test } from 'vitest'
import { assembleDataset, type DatasetFiles } from '#learning/datasets/assemble.ts'
import type { DatasetDeclaration } from '#learning/datasets/registry.ts'

const declaration: DatasetDeclaration = {
  name: 'tiny',
  summary: '',
  reference: '',
  licence: '',
  embedded: true,
  classes: 2,
  shape: [1, 2, 1],
  trainCount: 2,
  testCount: 1,
  normalisation: { mean: 0, deviation: 1 },
  files: { trainImages: 'ti', trainLabels: 'tl', testImages: 'si', testLabels: 'sl' },
}
const images = (count: number) =>
  Uint8Array.of(0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 1, 0, 0, 0, 2, ...new Array<number>(2 * count).fill(9))
const labels = (...values: number[]) => Uint8Array.of(0, 0, 8, 1, 0, 0, 0, values.length, ...values)
const files: DatasetFiles = {
  trainImages: images(2),
  trainLabels: labels(0, 1),
  testImages: images(1),
  testLabels: labels(1),
}

test('four files make a data set', () => {
  const dataset = assembleDataset(declaration, files)
  expect(dataset.train.count).toBe(2)
  expect([...dataset.train.labels]).toEqual([0, 1])
  expect([...dataset.test.images]).toEqual([9, 9])
})

test('counts, shapes and labels that differ from the declaration are refused by file', () => {
  expect(() => assembleDataset(declaration, { ...files, trainImages: images(3) })).toThrow(/^ti holds 3 x 1 x 2/)
  expect(() => assembleDataset(declaration, { ...files, testLabels: labels(1, 1) })).toThrow(/^sl holds 2 labels/)
  expect(() => assembleDataset(declaration, { ...files, trainLabels: labels(0, 2) })).toThrow(/^tl holds the label 2/)
  expect(() => assembleDataset({ ...declaration, shape: [2, 1, 1] }, files)).toThrow(/^ti holds 2 x 1 x 2/)
})
