import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { createDataServer } from '#harness/servers/data-server.ts'
import { servePage } from '#harness/servers/page-server.ts'
import { loadDataset } from '#node/data/load.ts'
import { evaluatedOn, shardsOf } from '#protocol/plan/shards.ts'
import { joinExamples } from '#protocol/session/held-data.ts'
import { decodeHeldExamples, decodeTestExamples, decodeTestPieces } from '#protocol/wire/examples.ts'
import { experimentWith } from '../../protocol/simulation/quadratic-pool.ts'

const dataset = await loadDataset('digits')
const shards = shardsOf(experimentWith(), dataset.train.labels, 6)
const data = createDataServer(dataset, shards, { byzantine: [1, 4] })
const server = await servePage(createServer(), { port: 0, host: '127.0.0.1', data: data.find })
afterAll(() => server.close())

async function fetched(address: string): Promise<Uint8Array> {
  const response = await fetch(`${server.url}/data/${address}`)
  expect(response.headers.get('content-encoding')).toBe('gzip')
  return new Uint8Array(await response.arrayBuffer())
}

test('every peer finds its own shard and the test set at its own address', async () => {
  const held = decodeHeldExamples(await fetched(`${data.folderOf(2)}train`))
  expect(held.shards).toEqual([{ peer: 2, indices: shards[2] }])
  const size = 64
  held.shards[0]?.indices.forEach((index, place) => {
    expect(held.labels[place]).toBe(dataset.train.labels[index])
    expect([...held.images.subarray(place * size, (place + 1) * size)]).toEqual([
      ...dataset.train.images.subarray(index * size, (index + 1) * size),
    ])
  })
  const names = decodeTestPieces(await fetched(`${data.folderOf(2)}test`))
  expect(names).toHaveLength(1)
  const { count, images, labels } = decodeTestExamples(await fetched(`test/${names[0]}`), held)
  expect([count, [...images], [...labels]]).toEqual([364, [...dataset.test.images], [...dataset.test.labels]])
  expect(new Set(shards.map((_, peer) => data.folderOf(peer))).size).toBe(6)
})

test('a large test set comes in pieces that are the same for all peers and may be cached', async () => {
  const images = Uint8Array.from({ length: 1500 * 3072 }, (_, k) => (k * 7 + (k >> 9)) & 255)
  const test = { count: 1500, shape: [32, 32, 3] as const, images, labels: new Uint8Array(1500).map((_, i) => i % 10) }
  const many = createDataServer({ ...dataset, train: { ...test }, test }, shards, { byzantine: [] })
  const large = await servePage(createServer(), { port: 0, host: '127.0.0.1', data: many.find })
  try {
    const answers = await Promise.all([0, 1].map((peer) => fetch(`${large.url}/data/${many.folderOf(peer)}test`)))
    const [names, others] = await Promise.all(
      answers.map(async (answer) => {
        expect(answer.headers.get('cache-control')).toBe('no-cache')
        return decodeTestPieces(new Uint8Array(await answer.arrayBuffer()))
      }),
    )
    expect(names).toEqual(others)
    expect(names).toHaveLength(3)
    const pieces = await Promise.all(
      (names ?? []).map(async (name) => {
        const answer = await fetch(`${large.url}/data/test/${name}`)
        expect(answer.headers.get('cache-control')).toMatch(/immutable/)
        const bytes = new Uint8Array(await answer.arrayBuffer())
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(name)
        return decodeTestExamples(bytes, { shape: test.shape, classes: 10 })
      }),
    )
    const joined = joinExamples(pieces)
    expect(joined.count).toBe(1500)
    expect(Buffer.compare(joined.images, images)).toBe(0)
    expect(joined.labels).toEqual(test.labels)
    expect((await fetch(`${large.url}/data/test/${'0'.repeat(64)}`)).status).toBe(404)
  } finally {
    await large.close()
  }
})

test('if only a part of the test set is evaluated, only that part is sent, the same to all', async () => {
  const { learning } = experimentWith()
  const experiment = experimentWith({ learning: { ...learning, testExamples: 50 } })
  const part = evaluatedOn(experiment, dataset)
  expect(part.train).toBe(dataset.train)
  expect([part.test.count, part.test.labels.length, part.test.images.length]).toEqual([50, 50, 50 * 64])
  expect(evaluatedOn(experiment, dataset)).toEqual(part)
  expect(evaluatedOn(experimentWith({ learning: { ...learning, testExamples: 364 } }), dataset)).toBe(dataset)
  const few = createDataServer(part, shards, { byzantine: [] })
  const unpacked = async (path: string) => gunzipSync((await few.find(path)?.bytes) ?? new Uint8Array())
  const [name] = decodeTestPieces(await unpacked(`${few.folderOf(0)}test`))
  const sent = decodeTestExamples(await unpacked(`test/${name}`), { shape: [8, 8, 1], classes: 10 })
  expect([...sent.images]).toEqual([...part.test.images])
  // Each is an image of the test set with its label, and none occurs twice.
  const known = new Map(
    Array.from({ length: 364 }, (_, i) => [imageOf(dataset.test.images, i), dataset.test.labels[i]]),
  )
  const seen = new Set(Array.from({ length: 50 }, (_, i) => imageOf(sent.images, i)))
  expect(seen.size).toBe(50)
  for (let i = 0; i < 50; i++) expect(known.get(imageOf(sent.images, i))).toBe(sent.labels[i])
})

const imageOf = (images: Uint8Array, i: number): string => images.subarray(64 * i, 64 * i + 64).join()

test('Byzantine peers receive the shards of their colluders', async () => {
  for (const peer of [1, 4]) {
    const held = decodeHeldExamples(await fetched(`${data.folderOf(peer)}train`))
    expect(held.shards.map((shard) => shard.peer)).toEqual([1, 4])
  }
})

test("unknown paths, other methods and the page's folders are not found", async () => {
  const folder = data.folderOf(0)
  for (const address of [
    '',
    folder,
    `${folder}all`,
    `${folder}train/`,
    `x${folder}train`,
    'digits/trainImages',
    '0/train',
  ]) {
    expect((await fetch(`${server.url}/data/${address}`)).status, address).toBe(404)
  }
  expect((await fetch(`${server.url}/data/${folder}train`, { method: 'POST' })).status).toBe(404)
})
