import { mkdtempSync, rmSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HostOptions, hostExperiment } from '#harness/host/host.ts'
import { joinByLink } from '#harness/host/join.ts'
import { findChromium } from '#harness/machine/find-chromium.ts'
import { replay } from '#harness/replay/replay.ts'
import { performRun } from '#harness/run/perform.ts'
import { createProgress } from '#harness/terminal/progress.ts'
import { loadDataset } from '#node/data/load.ts'
import { experimentSchema } from '#protocol/experiment/schema.ts'
import type { RunOutcome } from '#protocol/simulation/outcome.ts'
import { selfSigned } from '../harness/host/self-signed.ts'

// Chromium does not use loopback candidates. Without another address no two tabs can connect.
const outside = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
const reachable = outside !== undefined
const executablePath = findChromium()?.path

const experiment = experimentSchema.parse({
  name: 'volunteers-read-digits',
  question: 'Do three volunteers and a Byzantine peer learn to read digits?',
  peers: { honest: 3, byzantine: 1, placement: [1] },
  topology: { name: 'complete' },
  learning: { dataset: 'digits', model: 'softmax-regression', batchSize: 32, learningRate: 0.1, engine: 'tfjs-cpu' },
  aggregation: { name: 'median' },
  attack: { name: 'sign-flip' },
  rounds: { count: 30, evaluateEvery: 5, deadlineMs: 10_000 },
  runtime: { name: 'hosted' },
})

let browser: Browser

beforeAll(async () => {
  // The browser of a visitor: no flags, except that root cannot use the sandbox.
  browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
})

afterAll(() => browser.close())

async function host(
  signal: AbortSignal,
  changes: Partial<HostOptions> = {},
): Promise<{ link: string; outcome: Promise<RunOutcome> }> {
  const dataset = await loadDataset('digits')
  let outcome: Promise<RunOutcome> | undefined
  const link = await new Promise<string>((resolve, reject) => {
    const quiet = { watch: () => {}, say: () => {} }
    outcome = hostExperiment({ experiment, dataset, port: 0, ...quiet, opened: resolve, signal, ...changes })
    outcome.catch(reject)
  })
  return { link, outcome: outcome as unknown as Promise<RunOutcome> }
}

const stageOf = (page: Page, name: string) => page.waitForSelector(`#app[data-stage="${name}"]`, { timeout: 60_000 })

test.skipIf(!reachable)('two people in plain tabs and a Node peer train with a Byzantine peer among them', async () => {
  const interrupted = new AbortController()
  const { link, outcome } = await host(interrupted.signal)
  try {
    const pages = [await browser.newPage(), await browser.newPage()]
    const failures: string[] = []
    for (const page of pages) {
      page.on('pageerror', (error) => failures.push(error.message))
      page.on('console', (message) => message.type() === 'error' && failures.push(message.text()))
      await page.goto(link)
      await page.getByRole('heading', { name: experiment.name }).waitFor()
      expect(await page.locator('#app').textContent()).toContain('neighbours')
      await page.getByRole('button', { name: 'Join' }).click()
    }
    await Promise.all(pages.map((page) => stageOf(page, 'waiting')))
    const joined = joinByLink({ link, signal: interrupted.signal, say: () => {} })

    const shown = await Promise.all(
      pages.map(async (page) => {
        await stageOf(page, 'ended')
        expect(await page.locator('.end h2').textContent()).toBe('The run is finished')
        expect(await page.locator('.neighbours li').count()).toBe(3)
        return Number.parseFloat((await page.locator('[data-figure=accuracy]').textContent()) ?? '') / 100
      }),
    )
    const result = await outcome
    expect(await joined).toBe('finished')
    expect(result.outcome).toBe('finished')
    expect(result.roster.map(({ kind, role }) => `${kind} ${role}`)).toEqual([
      'tab honest',
      'process byzantine',
      'tab honest',
      'process honest',
    ])
    const finals = new Map(
      result.log.flatMap((event) => (event.type === 'evaluated' ? [[event.peer, event.accuracy] as const] : [])),
    )
    const tabs = result.roster.filter(({ kind }) => kind === 'tab').map(({ peer }) => finals.get(peer) ?? 0)
    expect(shown.toSorted()).toEqual(tabs.map((accuracy) => Number((accuracy * 100).toFixed(1)) / 100).toSorted())
    expect(Math.min(...shown)).toBeGreaterThan(0.8)
    expect(failures).toEqual([])
  } finally {
    interrupted.abort()
    await outcome
  }
})

test('a hosted run on the wasm engine, with a secret batch seed for each guest, replays bit for bit', async () => {
  const interrupted = new AbortController()
  const { signal } = interrupted
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-hosted-'))
  const { learning, rounds } = experiment
  const hosted = experimentSchema.parse({
    ...experiment,
    peers: { honest: 2, byzantine: 1, placement: [1] },
    learning: { ...learning, engine: 'wasm', augmentation: { crop: 1, flip: true } },
    rounds: { ...rounds, count: 10 },
  })
  try {
    const joins: Promise<string>[] = []
    const summary = await performRun(hosted, await loadDataset('digits'), {
      folder,
      signal,
      progress: createProgress({ name: 'hosted', rounds: 10, twins: [] }),
      launch: (launched, dataset, ports) =>
        hostExperiment({
          experiment: launched,
          dataset,
          port: 0,
          ...ports,
          opened(link) {
            for (let guest = 0; guest < 2; guest++) joins.push(joinByLink({ link, signal, say: () => {} }))
          },
        }),
    })
    expect(await Promise.all(joins)).toEqual(['finished', 'finished'])
    expect(new Set(summary.peers.map(({ batchSeed }) => batchSeed)).size).toBe(3)
    expect(summary.repetition).toMatchObject({ class: 'D1' })
    const again = await replay(folder, { watch: () => () => {}, signal })
    expect(again).toMatchObject({ class: 'D1', recorded: 6, equal: 6, first: null })
  } finally {
    interrupted.abort()
    rmSync(folder, { recursive: true, force: true })
  }
})

test.skipIf(!reachable)('whoever leaves before the start frees the seat', async () => {
  const interrupted = new AbortController()
  const { link, outcome } = await host(interrupted.signal)
  try {
    const page = await browser.newPage()
    await page.goto(link)
    await page.getByRole('button', { name: 'Join' }).click()
    await page.getByText('Peers: 2 of 4 are here').waitFor()
    await page.getByRole('button', { name: 'Leave' }).click()
    await page.getByText('You have left').waitFor()
    const other = await browser.newPage()
    await other.goto(link)
    await other.getByText('Peers: 1 of 4 is here').waitFor()
    await other.getByRole('button', { name: 'Join' }).click()
    // The host has given it a seat; before that it could not report.
    await other.getByText('Peers: 2 of 4 are here').waitFor()
    interrupted.abort()
    await other.getByText('The host ended the run').waitFor()
    expect((await outcome).outcome).toBe('interrupted')
  } finally {
    interrupted.abort()
    await outcome
  }
})

test.skipIf(!reachable)('over plain http from another address the page says what is missing', async () => {
  const interrupted = new AbortController()
  const { link, outcome } = await host(interrupted.signal, { address: '0.0.0.0' })
  try {
    expect(new URL(link).hostname).toBe(outside)
    const page = await browser.newPage()
    await page.goto(link)
    await page.getByRole('heading', { name: 'This page is not secure enough to take part' }).waitFor()
    expect(await page.getByRole('button').count()).toBe(0)
  } finally {
    interrupted.abort()
    await outcome
  }
})

const tls = selfSigned([`IP:${outside ?? '127.0.0.1'}`])

test.skipIf(!reachable || !tls)(
  'over https from another address a tab gets a seat, and a lost tab frees it',
  async () => {
    const interrupted = new AbortController()
    const { link, outcome } = await host(interrupted.signal, tls ? { tls } : {})
    try {
      expect(new URL(link).protocol).toBe('https:')
      // Replaces a certificate that the visitor's browser trusts.
      const context = await browser.newContext({ ignoreHTTPSErrors: true })
      const page = await context.newPage()
      const other = await context.newPage()
      await other.goto(link)
      await page.goto(link)
      await page.getByRole('button', { name: 'Join' }).click()
      await stageOf(page, 'waiting')
      await other.getByText('Peers: 2 of 4 are here').waitFor()
      await page.close()
      await other.getByText('Peers: 1 of 4 is here').waitFor()
    } finally {
      interrupted.abort()
      await outcome
    }
  },
)
