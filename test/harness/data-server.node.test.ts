import { createServer } from 'node:http'
import { afterAll, expect, test } from 'vitest'
import { createDataServer } from '#harness/data-server.ts'
import { servePage } from '#harness/page-server.ts'
import { loadDataset } from '#node/data.ts'
import { shardsOf } from '#protocol/held-data.ts'
import { decodeHeldExamples, decodeTestExamples } from '#protocol/messages/examples.ts'
import { experimentWith } from '../protocol/quadratic-pool.ts'

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

test('every peer finds its own shard and the test set at an address of its own', async () => {
  const held = decodeHeldExamples(await fetched(`${data.folderOf(2)}train`))
  expect(held.shards).toEqual([{ peer: 2, indices: shards[2] }])
  const size = 64
  held.shards[0]?.indices.forEach((index, place) => {
    expect(held.labels[place]).toBe(dataset.train.labels[index])
    expect([...held.images.subarray(place * size, (place + 1) * size)]).toEqual([
      ...dataset.train.images.subarray(index * size, (index + 1) * size),
    ])
  })
  const { count, images, labels } = decodeTestExamples(await fetched(`${data.folderOf(2)}test`), held)
  expect([count, [...images], [...labels]]).toEqual([364, [...dataset.test.images], [...dataset.test.labels]])
  expect(new Set(shards.map((_, peer) => data.folderOf(peer))).size).toBe(6)
})

test('liars are sent what their fellows hold', async () => {
  for (const peer of [1, 4]) {
    const held = decodeHeldExamples(await fetched(`${data.folderOf(peer)}train`))
    expect(held.shards.map((shard) => shard.peer)).toEqual([1, 4])
  }
})

test('nobody finds what it was not told: other names, other methods, the folders of the page', async () => {
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
