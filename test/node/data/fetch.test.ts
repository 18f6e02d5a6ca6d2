import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { datasets } from '#learning/datasets/registry.ts'
import { DataFetchError, fetchDataset } from '#node/data/fetch.ts'
import { type DatasetSource, datasetSources } from '#node/data/sources.ts'
import { checkFile } from '#node/data/verify.ts'
import { type ServedFile, serve } from './data-server.ts'
import { tar } from './tar.ts'

let folder = ''
const cleanups: (() => Promise<void>)[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearsay-fetch-'))
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
  await rm(folder, { recursive: true })
})

async function served(files: Record<string, ServedFile>) {
  const server = await serve(files)
  cleanups.push(server.close)
  return server
}
const numbers = (count: number, seed: number) => Uint8Array.from({ length: count }, (_, i) => (i * 31 + seed * 7) % 251)
const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const bytes = numbers(300_000, 1)

const source = (...folders: string[]): DatasetSource => ({
  dataset: 'toy',
  folders,
  pins: [{ file: 'toy/images.gz', of: 'packed', bytes: bytes.length, sha256: sum(bytes) }],
})
const fetched = () => readFile(join(folder, 'toy/images.gz'))
const left = async () => (await readdir(folder, { recursive: true })).sort()

test('a file is fetched, checked and kept, and not fetched again', async () => {
  const server = await served({ '/images.gz': { bytes } })
  const told: number[] = []
  const progress = (_file: string, received: number) => told.push(received)
  expect(await fetchDataset(source(server.url), { dataFolder: folder, progress })).toEqual(['toy/images.gz'])
  expect(sum(await fetched())).toBe(sum(bytes))
  expect(told.at(-1)).toBe(bytes.length)
  expect(await left()).toEqual(['toy', 'toy/images.gz'])
  expect(await fetchDataset(source(server.url), { dataFolder: folder })).toEqual([])
  expect(server.requests).toEqual(['/images.gz'])
})

test('a connection that breaks is resumed where it broke', async () => {
  const server = await served({ '/images.gz': { bytes, ranges: true, breakAfter: 100_000 } })
  await fetchDataset(source(server.url), { dataFolder: folder })
  expect(sum(await fetched())).toBe(sum(bytes))
  expect(server.requests[0]).toBe('/images.gz')
  expect(server.requests.slice(1).every((request) => /^\/images.gz bytes=[1-9]\d*-$/.test(request))).toBe(true)
  expect(server.requests.length).toBeGreaterThan(2)
})

test('the part file of an earlier call is resumed', async () => {
  const server = await served({ '/images.gz': { bytes, ranges: true } })
  await mkdir(join(folder, 'toy'))
  await writeFile(join(folder, 'toy/images.gz.part'), bytes.subarray(0, 1234))
  await fetchDataset(source(server.url), { dataFolder: folder })
  expect(server.requests).toEqual(['/images.gz bytes=1234-'])
  expect(sum(await fetched())).toBe(sum(bytes))
})

test('a complete part file of an earlier call is only checked', async () => {
  const server = await served({ '/images.gz': { bytes, ranges: true } })
  await mkdir(join(folder, 'toy'))
  await writeFile(join(folder, 'toy/images.gz.part'), bytes)
  await fetchDataset(source(server.url), { dataFolder: folder })
  expect(server.requests).toEqual([`/images.gz bytes=${bytes.length}-`])
  expect(sum(await fetched())).toBe(sum(bytes))
})

test('a server without Range sends everything again', async () => {
  const server = await served({ '/images.gz': { bytes } })
  await mkdir(join(folder, 'toy'))
  await writeFile(join(folder, 'toy/images.gz.part'), bytes.subarray(0, 1234))
  await fetchDataset(source(server.url), { dataFolder: folder })
  expect(sum(await fetched())).toBe(sum(bytes))
})

test('a leftover of another file is thrown away and the download starts anew', async () => {
  const server = await served({ '/images.gz': { bytes, ranges: true } })
  await mkdir(join(folder, 'toy'))
  await writeFile(join(folder, 'toy/images.gz.part'), numbers(5000, 9))
  await fetchDataset(source(server.url), { dataFolder: folder })
  expect(server.requests).toEqual(['/images.gz bytes=5000-', '/images.gz'])
  expect(sum(await fetched())).toBe(sum(bytes))
})

test('a connection that breaks for good leaves a part file and an error in one line', async () => {
  const server = await served({ '/images.gz': { bytes, breakAfter: 100_000 } })
  const failing = fetchDataset(source(server.url), { dataFolder: folder })
  await expect(failing).rejects.toBeInstanceOf(DataFetchError)
  await expect(failing).rejects.toThrow(
    /^data set toy: toy\/images.gz was not fetched: http:[^ ]*\/images.gz broke off after \d+ of 300000 bytes; run the same command again to resume$/,
  )
  expect(await left()).toEqual(['toy', 'toy/images.gz.part'])
})

test.each([
  ['other bytes', { bytes: numbers(300_000, 2) }, /has the SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}$/],
  ['a file that is too short', { bytes: bytes.subarray(0, 777) }, /has 777 bytes, expected 300000$/],
  ['a response that ends early', { bytes, endAfter: 888 }, /has 888 bytes, expected 300000$/],
  ['a file that is too long', { bytes: numbers(300_001, 1) }, /is longer than the 300000 bytes expected$/],
  [
    'a file compressed once more',
    { bytes: gzipSync(bytes), headers: { 'content-encoding': 'gzip' } },
    /compresses its files/,
  ],
])('%s: refused in one line, nothing is left', async (_, file, expected) => {
  const server = await served({ '/images.gz': file })
  const failing = fetchDataset(source(server.url), { dataFolder: folder })
  await expect(failing).rejects.toBeInstanceOf(DataFetchError)
  await expect(failing).rejects.toThrow(expected)
  await expect(failing).rejects.toThrow(/^[^\n]*$/)
  expect((await left()).filter((name) => name !== 'toy')).toEqual([])
})

test('a damaged file stays until the right one is here', async () => {
  await mkdir(join(folder, 'toy'))
  await writeFile(join(folder, 'toy/images.gz'), 'damaged')
  const none = await served({})
  await expect(fetchDataset(source(none.url), { dataFolder: folder })).rejects.toThrow(/images.gz answered 404$/)
  expect(String(await fetched())).toBe('damaged')
  const server = await served({ '/images.gz': { bytes } })
  await fetchDataset(source(server.url), { dataFolder: folder })
  expect(sum(await fetched())).toBe(sum(bytes))
})

test('places are tried in turn, and the error gives all reasons', async () => {
  const wrong = await served({ '/images.gz': { bytes: numbers(300_000, 2) } })
  const right = await served({ '/images.gz': { bytes } })
  const gone = await serve({})
  await gone.close()
  await expect(fetchDataset(source(wrong.url, gone.url), { dataFolder: folder })).rejects.toThrow(
    /has the SHA-256 .*; http:.*images.gz cannot be reached \(ECONNREFUSED\)/,
  )
  await fetchDataset(source(gone.url, wrong.url, right.url), { dataFolder: folder })
  expect(sum(await fetched())).toBe(sum(bytes))
})

test('a server that falls silent is given up', async () => {
  const silent = createServer((socket) => socket.resume())
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => new Promise((resolve) => silent.close(() => resolve())))
  const { port } = silent.address() as { port: number }
  const failing = fetchDataset(source(`http://127.0.0.1:${port}/`), { dataFolder: folder, stallMs: 50 })
  await expect(failing).rejects.toThrow(/sent nothing for 0.05 s/)
})

test('a folder that cannot be written gives an error in one line', async () => {
  const server = await served({ '/images.gz': { bytes } })
  await writeFile(join(folder, 'toy'), 'a file where a folder should be')
  const failing = fetchDataset(source(server.url), { dataFolder: folder })
  await expect(failing).rejects.toBeInstanceOf(DataFetchError)
  await expect(failing).rejects.toThrow(
    /^data set toy: .*toy.* cannot be written: is (a file, not a folder|not a folder, or its path goes through a file)$/,
  )
})

const members = { 'batches/one.bin': numbers(70_000, 3), 'batches/two.bin': numbers(1536, 4) }
const archiveSource = (url: string): DatasetSource => ({
  dataset: 'toy',
  archives: [`${url}toy.tar.gz`],
  pins: Object.entries(members).map(([name, content]) => ({
    file: `toy/${name.slice(8)}.gz`,
    of: 'unpacked',
    bytes: content.length,
    sha256: sum(content),
  })),
})

test('the wanted members of an archive are unpacked, checked and gzipped; the archive is removed', async () => {
  const archive = gzipSync(tar({ 'batches/readme.html': numbers(99, 5), ...members }))
  const server = await served({ '/toy.tar.gz': { bytes: archive } })
  expect(await fetchDataset(archiveSource(server.url), { dataFolder: folder })).toHaveLength(2)
  expect(await left()).toEqual(['toy', 'toy/one.bin.gz', 'toy/two.bin.gz'])
  for (const [name, content] of Object.entries(members)) {
    expect(sum(gunzipSync(await readFile(join(folder, 'toy', `${name.slice(8)}.gz`))))).toBe(sum(content))
  }
  expect(await fetchDataset(archiveSource(server.url), { dataFolder: folder })).toEqual([])
})

test.each([
  [
    'a wrong member',
    gzipSync(tar({ ...members, 'batches/two.bin': numbers(1536, 8) })),
    /two.bin of http:.* has the SHA-256/,
  ],
  ['a short member', gzipSync(tar({ ...members, 'batches/two.bin': numbers(9, 4) })), /has 9 bytes, expected 1536$/],
  ['a missing member', gzipSync(tar({ 'batches/one.bin': members['batches/one.bin'] })), /does not hold two.bin$/],
  ['a truncated archive', gzipSync(tar(members)).subarray(0, -400), /is not a whole gzip file$/],
  ['a truncated tar', gzipSync(tar(members).subarray(0, 70_000)), /the archive is cut short$/],
  ['no tar', gzipSync(numbers(5000, 1)), /is not a tar archive, or it is damaged$/],
  ['no gzip', numbers(5000, 1), /is not a whole gzip file$/],
])('an archive with %s is refused in one line, nothing is left', async (_, archive, expected) => {
  const server = await served({ '/toy.tar.gz': { bytes: archive } })
  const failing = fetchDataset(archiveSource(server.url), { dataFolder: folder })
  await expect(failing).rejects.toBeInstanceOf(DataFetchError)
  await expect(failing).rejects.toThrow(expected)
  expect(await left()).toEqual(['toy'])
})

test('an archive whose connection breaks is resumed', async () => {
  const archive = gzipSync(tar(members), { level: 0 })
  const server = await served({ '/toy.tar.gz': { bytes: archive, ranges: true, breakAfter: 30_000 } })
  expect(await fetchDataset(archiveSource(server.url), { dataFolder: folder })).toHaveLength(2)
  expect(server.requests.length).toBeGreaterThan(1)
})

test('files are compared with their pins, packed or unpacked', async () => {
  const path = join(folder, 'x.gz')
  const content = numbers(100, 1)
  const unpacked = { file: 'x.gz', of: 'unpacked', bytes: 100, sha256: sum(content) } as const
  expect(await checkFile(path, unpacked)).toEqual({ state: 'missing' })
  await writeFile(path, gzipSync(content))
  expect(await checkFile(path, unpacked)).toEqual({ state: 'good' })
  expect(await checkFile(path, { ...unpacked, of: 'packed' })).toMatchObject({ state: 'damaged' })
  await writeFile(path, gzipSync(content).subarray(0, -5))
  expect(await checkFile(path, unpacked)).toEqual({ state: 'damaged', detail: 'is not a whole gzip file' })
})

test('every source pins each file of its data set, and each set outside the package has a URL', async () => {
  expect(datasetSources.map(({ dataset }) => dataset)).toEqual(datasets.map(({ name }) => name))
  for (const [k, declaration] of datasets.entries()) {
    const { pins, folders = [], archives = [] } = datasetSources[k] as DatasetSource
    expect(pins.map(({ file }) => file)).toEqual(Object.values(declaration.files))
    expect(folders.length + archives.length > 0).toBe(!declaration.embedded)
    for (const url of [...folders, ...archives]) expect(url).toMatch(/^https:/)
  }
})
