import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type DatasetDeclaration, datasets } from '#learning/datasets/registry.ts'
import { readDataFolder } from '#node/data/folder.ts'
import { datasetPaths, loadDataset } from '#node/data/load.ts'

const digits: DatasetDeclaration = datasets[0]
const names: Record<string, string> = {
  trainImages: 'train-images-idx3-ubyte.gz',
  trainLabels: 'train-labels-idx1-ubyte.gz',
  testImages: 't10k-images-idx3-ubyte.gz',
  testLabels: 't10k-labels-idx1-ubyte.gz',
}
let folder = ''
/** The shipped digits under MNIST's names, as a user may have them. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearsay-own-'))
  for (const [key, path] of Object.entries(datasetPaths(digits))) {
    writeFileSync(join(folder, names[key] as string), readFileSync(path))
  }
})
afterEach(() => rmSync(folder, { recursive: true }))
const fileOf = (key: string) => join(folder, names[key] as string)

test('a folder of IDX files is the data set that they make', async () => {
  const { dataset } = readDataFolder(folder)
  const known = await loadDataset('digits')
  expect([dataset.name, dataset.classes]).toEqual([basename(folder), 10])
  for (const part of ['train', 'test'] as const) {
    expect(dataset[part].shape).toEqual(known[part].shape)
    expect(Buffer.compare(dataset[part].images, known[part].images)).toBe(0)
    expect(Buffer.compare(dataset[part].labels, known[part].labels)).toBe(0)
  }
})

test('what counts is the content: not the packing, the names, or files beside it', () => {
  const { sha256 } = readDataFolder(folder)
  const unpacked = gunzipSync(readFileSync(fileOf('testImages')))
  rmSync(fileOf('testImages'))
  writeFileSync(join(folder, 'test-images.idx3-ubyte'), unpacked)
  writeFileSync(join(folder, 'README'), 'mine')
  expect(readDataFolder(folder).sha256).toBe(sha256)
  expect(readDataFolder(folder, sha256).sha256).toBe(sha256)
  unpacked[100] = (unpacked[100] as number) ^ 1
  writeFileSync(join(folder, 'test-images.idx3-ubyte'), unpacked)
  expect(readDataFolder(folder).sha256).not.toBe(sha256)
  expect(() => readDataFolder(folder, sha256)).toThrow(
    new RegExp(
      `^${folder}: holds other data than the experiment says: its SHA-256 is [0-9a-f]{64}, expected ${sha256}`,
    ),
  )
})

test('what is missing or damaged is told in one line', async () => {
  const words = (): string => {
    try {
      readDataFolder(folder)
    } catch (error) {
      return error instanceof RangeError ? error.message.replace(folder, 'HERE') : String(error)
    }
    return 'nothing was wrong'
  }
  const packed = readFileSync(fileOf('trainImages'))
  writeFileSync(fileOf('trainImages'), packed.subarray(0, packed.length / 2))
  expect(words()).toBe('HERE: has train-images-idx3-ubyte.gz, which is not a whole gzip file')
  writeFileSync(join(folder, 'train-images-idx3-ubyte'), gunzipSync(packed).subarray(0, 5000))
  expect(words()).toBe('HERE: train-images-idx3-ubyte declares 1433 x 8 x 8, which needs 91728 bytes, but has 5000')
  expect(() => readDataFolder(join(folder, 'nowhere'))).toThrow('nowhere: is not a folder')
  expect(() => readDataFolder(fileOf('testLabels'))).toThrow('is not a folder')
  expect(() => readDataFolder(dirname(import.meta.dirname))).toThrow(/: holds no data set: it needs train-images/)
  await expect(loadDataset({ folder: join(folder, 'nowhere') })).rejects.toThrow('is not a folder')
})
