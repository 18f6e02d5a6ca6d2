import { createServer } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { chromium } from 'playwright'
import { expect, test } from 'vitest'
import { requireChromium } from '#harness/machine/chromium.ts'
import { createDataServer } from '#harness/servers/data-server.ts'
import { servePage } from '#harness/servers/page-server.ts'
import { decodeTestPieces } from '#protocol/wire/examples.ts'
import { randomDataset } from '../learning/engines/engine-fixtures.ts'

test('tabs of one browser fetch each piece of the test set once', async () => {
  const images = randomDataset(4, [32, 32, 3], 10)
  const count = 1500
  const bytes = Uint8Array.from({ length: count * 3072 }, (_, k) => Math.imul(k, 2654435761) >>> 24)
  const dataset = {
    ...images,
    test: { count, shape: [32, 32, 3] as const, images: bytes, labels: new Uint8Array(count) },
  }
  const shards = [0, 1, 2].map((peer) => Uint32Array.of(peer))
  const data = createDataServer(dataset, shards, { byzantine: [] })
  const asked = new Map<string, number>()
  const server = await servePage(createServer(), {
    port: 0,
    host: '127.0.0.1',
    data(path) {
      asked.set(path, (asked.get(path) ?? 0) + 1)
      return data.find(path)
    },
  })
  const listed = await data.find(`${data.folderOf(0)}test`)?.bytes
  const names = [...decodeTestPieces(gunzipSync(listed ?? new Uint8Array()))]
  expect(names).toHaveLength(3)
  const browser = await chromium.launch({
    executablePath: requireChromium().path,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
  try {
    const context = await browser.newContext()
    const pages = await Promise.all(shards.map(() => context.newPage()))
    // A page of the origin that does not join a swarm.
    await Promise.all(pages.map((page) => page.goto(`${server.url}/compute-worker.js`)))
    for (const page of pages) {
      const sizes = await page.evaluate(
        (paths) =>
          Promise.all(paths.map(async (path) => (await (await fetch(`/data/test/${path}`)).arrayBuffer()).byteLength)),
        names,
      )
      expect(sizes.reduce((a, b) => a + b)).toBeGreaterThan(bytes.length)
    }
    expect(asked).toEqual(new Map(names.map((name) => [`test/${name}`, 1])))
  } finally {
    await browser.close()
    await server.close()
  }
})
