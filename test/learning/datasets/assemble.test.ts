import { expect, test } from 'vitest'
import { assembleDataset, type DatasetFiles } from '#learning/datasets/assemble.ts'
import type { CifarDeclaration, IdxDeclaration } from '#learning/datasets/registry.ts'

const declaration: IdxDeclaration = {
  name: 'tiny',
  summary: '',
  reference: '',
  licence: '',
  format: 'idx',
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

test('counts, shapes and labels that differ from the declaration are refused with the name of the file', () => {
  expect(() => assembleDataset(declaration, { ...files, trainImages: images(3) })).toThrow(/^ti holds 3 x 1 x 2/)
  expect(() => assembleDataset(declaration, { ...files, testLabels: labels(1, 1) })).toThrow(/^sl holds 2 labels/)
  expect(() => assembleDataset(declaration, { ...files, trainLabels: labels(0, 2) })).toThrow(/^tl holds the label 2/)
  expect(() => assembleDataset({ ...declaration, shape: [2, 1, 1] }, files)).toThrow(/^ti holds 2 x 1 x 2/)
})

const colours: CifarDeclaration = {
  ...declaration,
  format: 'cifar',
  shape: [1, 2, 3],
  trainCount: 5,
  files: { train1: 'b1', train2: 'b2', train3: 'b3', train4: 'b4', train5: 'b5', test: 't' },
}
const record = (label: number) => Uint8Array.of(label, 10, 11, 20, 21, 30, 31)
const batches: DatasetFiles = {
  train1: record(0),
  train2: record(1),
  train3: record(1),
  train4: record(0),
  train5: record(1),
  test: record(0),
}

test('batches are joined in order, with interleaved colours', () => {
  const { train, test: held } = assembleDataset(colours, batches)
  expect([...train.labels]).toEqual([0, 1, 1, 0, 1])
  expect([...held.images]).toEqual([10, 20, 30, 11, 21, 31])
  expect(train.images.length).toBe(5 * 6)
})

test('too many or too few images, a wrong label or a missing batch are refused with the name of the file', () => {
  const two = Uint8Array.of(...record(0), ...record(1))
  expect(() => assembleDataset(colours, { ...batches, train5: two })).toThrow(
    /^the files up to b5 hold 6 images, expected 5/,
  )
  expect(() => assembleDataset({ ...colours, trainCount: 6 }, batches)).toThrow(
    /^the files up to b5 hold 5 images, expected 6/,
  )
  expect(() => assembleDataset(colours, { ...batches, test: record(2) })).toThrow(/^t holds the label 2/)
  const { train3: _, ...rest } = batches
  expect(() => assembleDataset(colours, rest)).toThrow('data set tiny lacks b3')
})
