import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { chosenSets, describeFolder, fetchSets, setsOf, verifySets, whereSets } from '#harness/commands/data.ts'
import { datasets } from '#learning/datasets/registry.ts'
import { datasetPaths, defaultDataFolder, loadDataset } from '#node/data/load.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { serve } from '../../node/data/data-server.ts'

let folder = ''
const cleanups: (() => Promise<void>)[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearsay-data-command-'))
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
  await rm(folder, { recursive: true })
})

function sink() {
  const stream = new PassThrough()
  return { stream, text: () => String(stream.read() ?? '') }
}

test('an unknown data set is refused with the nearest name', () => {
  expect(() => chosenSets('mnits')).toThrow('there is no data set named mnits; did you mean mnist?')
  expect(() => chosenSets('xyzzy-42')).toThrow(/known: digits, .*cifar10 or all$/)
  expect(chosenSets('all').map(({ declaration }) => declaration.name)).toEqual(datasets.map(({ name }) => name))
})

test('several names give several sets, each once', () => {
  const named = (...names: string[]) => setsOf(names).map(({ declaration }) => declaration.name)
  expect(named('cifar10', 'mnist', 'cifar10')).toEqual(['cifar10', 'mnist'])
  expect(named('mnist', 'all')).toHaveLength(datasets.length)
  expect(() => named('mnist', 'mnits')).toThrow('there is no data set named mnits')
})

test("a user's own folder is checked by its path", async () => {
  const usual = ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1']
  for (const [i, path] of Object.values(datasetPaths(datasets[0])).entries()) {
    await writeFile(join(folder, `${usual[i]}-ubyte.gz`), await readFile(path))
  }
  expect(describeFolder(folder)).toMatch(
    /: good, 1433 images to train and 364 to test, 8 x 8 x 1, 10 classes, SHA-256 [0-9a-f]{64}$/,
  )
  await rm(join(folder, 't10k-labels-idx1-ubyte.gz'))
  expect(() => describeFolder(folder)).toThrow(new InputError(`${folder}: lacks t10k-labels-idx1-ubyte`))
})

test('shipped sets verify and need no fetching', async () => {
  const { stream, text } = sink()
  const digits = chosenSets('digits')
  expect(await verifySets(digits, folder)).toEqual({ lines: ['digits: good, 4 files'], problems: [] })
  expect((await verifySets(chosenSets('mnist-10k'), folder)).problems).toEqual([])
  await fetchSets({ sets: digits, dataFolder: folder, stream })
  expect(text()).toBe('digits: shipped with the package, nothing to fetch\n')
})

test('a missing set is a problem only if it is the only one', async () => {
  expect(await verifySets(chosenSets('mnist'), folder)).toEqual({
    lines: ['mnist: not here'],
    problems: [`data set mnist: 4 of 4 files are missing from ${folder}`],
  })
  const all = await verifySets(chosenSets('all'), folder)
  expect(all.problems).toEqual([])
  expect(all.lines).toContain('cifar10: not here')
})

test('where lists the shipped sets, and the folders of the others', () => {
  const places = whereSets(folder)
  expect(places.map(({ state }) => state)).toEqual(['here', 'here', 'not here', 'not here', 'not here'])
  expect(places.find(({ dataset }) => dataset === 'cifar10')).toMatchObject({ shipped: false, folder })
})

test('a mirror with wrong files gives one line for each set, and no file is kept', async () => {
  const server = await serve({ '/sets/mnist/train-images-idx3-ubyte.gz': { bytes: Uint8Array.of(1, 2, 3) } })
  cleanups.push(server.close)
  const { stream } = sink()
  const sets = [...chosenSets('mnist'), ...chosenSets('cifar10')]
  const failing = fetchSets({ sets, dataFolder: folder, from: `${server.url}sets`, stream })
  await expect(failing).rejects.toBeInstanceOf(InputError)
  const error = (await failing.catch((reason: unknown) => reason)) as InputError
  expect(error.lines).toHaveLength(2)
  expect(error.lines[0]).toMatch(
    /^data set mnist: mnist\/train-images-idx3-ubyte.gz was not fetched: .* has 3 bytes, expected 9912422$/,
  )
  expect(error.lines[1]).toMatch(/^data set cifar10: .*\/sets\/cifar10\/cifar-10-binary.tar.gz answered 404$/)
  expect(whereSets(folder).at(-1)?.state).toBe('not here')
})

const mnist = datasets.find(({ name }) => name === 'mnist')
const original = mnist ? Object.values(datasetPaths(mnist)) : []
const mnistIsHere = original.length > 0 && original.every(existsSync)
test.skipIf(!mnistIsHere)(
  `the real MNIST is fetched from a mirror, verified and loaded${mnistIsHere ? '' : ' (skipped: HEARSAY_DATA does not hold it)'}`,
  async () => {
    const files = await Promise.all(
      original.map(async (path) => [`/${path.slice(defaultDataFolder().length + 1)}`, { bytes: await readFile(path) }]),
    )
    const server = await serve(Object.fromEntries(files))
    cleanups.push(server.close)
    const { stream, text } = sink()
    const sets = chosenSets('mnist')
    await fetchSets({ sets, dataFolder: folder, from: server.url, stream })
    expect(text()).toMatch(
      /train-images-idx3-ubyte.gz: fetching 9.9 MB\n[\s\S]*mnist: fetched and checked: mnist\/train/,
    )
    expect(await verifySets(sets, folder)).toEqual({ lines: ['mnist: good, 4 files'], problems: [] })
    expect((await loadDataset('mnist', { dataFolder: folder })).test.count).toBe(10_000)
    await writeFile(join(folder, 'mnist', 't10k-labels-idx1-ubyte.gz'), 'x')
    const { lines, problems } = await verifySets(sets, folder)
    expect(lines).toEqual(['mnist: damaged'])
    expect(problems).toEqual([expect.stringMatching(/t10k-labels-idx1-ubyte.gz has 1 bytes, expected 4542$/)])
  },
)
