import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { datasets } from '#learning/datasets/registry.ts'
import { DataMissingError, datasetPaths, defaultDataFolder, loadDataset } from '#node/data/load.ts'
import { packageFolder } from '#node/data/package-folder.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearsay-data-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('the shipped sets load with the counts, shapes and classes of the registry', async () => {
  for (const declaration of datasets.filter(({ embedded }) => embedded)) {
    const dataset = await loadDataset(declaration.name)
    expect(dataset.train.count).toBe(declaration.trainCount)
    expect(dataset.test.count).toBe(declaration.testCount)
    expect(dataset.train.images.length).toBe(
      declaration.trainCount * declaration.shape.reduce<number>((a, b) => a * b, 1),
    )
    expect(new Set(dataset.train.labels).size).toBe(declaration.classes)
    expect(Math.max(...dataset.train.images.subarray(0, 10_000))).toBeGreaterThan(200)
  }
})

const mnist = datasets.find(({ name }) => name === 'mnist')
const mnistIsHere = mnist && Object.values(datasetPaths(mnist)).every(existsSync)
test.skipIf(!mnistIsHere)(
  `mnist loads from HEARSAY_DATA${mnistIsHere ? '' : ' (skipped: HEARSAY_DATA does not hold it)'}`,
  async () => {
    const { train } = await loadDataset('mnist')
    const histogram = new Array<number>(10).fill(0)
    for (const label of train.labels) histogram[label] = (histogram[label] as number) + 1
    expect(histogram).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
  },
)

const cifar10 = datasets.find(({ name }) => name === 'cifar10')
const cifar10IsHere = cifar10 && Object.values(datasetPaths(cifar10)).every(existsSync)
test.skipIf(!cifar10IsHere)(
  `cifar10 loads from HEARSAY_DATA${cifar10IsHere ? '' : ' (skipped: HEARSAY_DATA does not hold it)'}`,
  async () => {
    const { train, test: held, normalisation } = await loadDataset('cifar10')
    expect([train.count, held.count, ...train.shape]).toEqual([50_000, 10_000, 32, 32, 3])
    const histogram = new Array<number>(10).fill(0)
    for (const label of held.labels) histogram[label] = (histogram[label] as number) + 1
    expect(histogram).toEqual(new Array(10).fill(1000))
    // The first training image is a frog, its first pixel (59, 62, 63); pixels enter a model from -1 to 1.
    expect(train.labels[0]).toBe(6)
    expect([...train.images.subarray(0, 3)]).toEqual([59, 62, 63])
    expect((1 - normalisation.mean) / normalisation.deviation).toBe(1)
    expect((0 - normalisation.mean) / normalisation.deviation).toBe(-1)
  },
)

test('a missing set is an error in one line that says what to set', async () => {
  const missing = loadDataset('mnist', { dataFolder: join(folder, 'nothing') })
  await expect(missing).rejects.toBeInstanceOf(DataMissingError)
  await expect(missing).rejects.toMatchObject({ code: 'data-missing' })
  await expect(missing).rejects.toThrow(
    /^data set mnist: cannot read .*: run hearsay data fetch mnist, or set HEARSAY_DATA to a folder that holds mnist\/train-images-idx3-ubyte.gz, [^\n]*$/,
  )
})

test('truncated files and files of another set are refused by name', async () => {
  const digits = datasets.find(({ name }) => name === 'digits')
  if (!digits || !mnist) throw new Error('registry')
  await mkdir(join(folder, 'mnist'))
  const from = datasetPaths(digits)
  const to = datasetPaths(mnist, { dataFolder: folder })
  for (const key of ['trainImages', 'trainLabels', 'testImages', 'testLabels'] as const) {
    await writeFile(to[key] as string, await readFile(from[key] as string))
  }
  await expect(loadDataset('mnist', { dataFolder: folder })).rejects.toThrow(
    'mnist/train-images-idx3-ubyte.gz holds 1433 x 8 x 8, expected 60000 x 28 x 28',
  )
  await writeFile(to.trainImages as string, (await readFile(from.trainImages as string)).subarray(0, 1000))
  await expect(loadDataset('mnist', { dataFolder: folder })).rejects.toThrow(/train-images.* is not a whole gzip file/)
})

test('the data folder is HEARSAY_DATA, else hearsay in the cache folder', () => {
  expect(defaultDataFolder({ HEARSAY_DATA: '/d', XDG_CACHE_HOME: '/c' })).toBe('/d')
  expect(defaultDataFolder({ XDG_CACHE_HOME: '/c' })).toBe(join('/c', 'hearsay'))
  expect(defaultDataFolder({})).toMatch(/\.cache.hearsay$/)
})

test('the package folder is found from sources and from dist alike', () => {
  const root = packageFolder()
  expect(existsSync(join(root, 'learning', 'datasets', 'embedded'))).toBe(true)
  expect(packageFolder(join(root, 'dist', 'harness', 'cli.js'))).toBe(root)
  expect(() => packageFolder(join(tmpdir(), 'x.js'))).toThrow(/no package.json named hearsay/)
})
