import { networkInterfaces } from 'node:os'
import { type Browser, chromium, type Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hostExperiment } from '#harness/host.ts'
import { joinByLink } from '#harness/join.ts'
import { findChromium } from '#harness/launch/chromium.ts'
import type { RunOutcome } from '#harness/launch/outcome.ts'
import { loadDataset } from '#node/data.ts'
import { experimentSchema } from '#protocol/experiment.ts'

// Chromium does not use loopback candidates: where there is nothing else no two tabs connect, with any software.
const reachable = Object.values(networkInterfaces())
  .flat()
  .some((address) => address && !address.internal)
const executablePath = findChromium()?.path

const experiment = experimentSchema.parse({
  name: 'volunteers-read-digits',
  question: 'Do three volunteers and a liar learn to read digits?',
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
  // No flag of WebRTC or of any feature: the browser is a visitor's own, but for the sandbox that root cannot have.
  browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
})

afterAll(() => browser.close())

async function host(signal: AbortSignal): Promise<{ link: string; outcome: Promise<RunOutcome> }> {
  const dataset = await loadDataset('digits')
  let outcome: Promise<RunOutcome> | undefined
  const link = await new Promise<string>((resolve, reject) => {
    outcome = hostExperiment({ experiment, dataset, port: 0, watch: () => {}, say: () => {}, opened: resolve, signal })
    outcome.catch(reject)
  })
  return { link, outcome: outcome as unknown as Promise<RunOutcome> }
}

const stageOf = (page: Page, name: string) => page.waitForSelector(`#app[data-stage="${name}"]`, { timeout: 60_000 })

test.skipIf(!reachable)('two people in plain tabs and a Node peer train with a liar among them', async () => {
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
      expect(await page.locator('#app').innerText()).toContain('neighbours')
      await page.getByRole('button', { name: 'Join' }).click()
    }
    await Promise.all(pages.map((page) => stageOf(page, 'waiting')))
    const joined = joinByLink({ link, signal: interrupted.signal, say: () => {} })

    const shown = await Promise.all(
      pages.map(async (page) => {
        await stageOf(page, 'ended')
        expect(await page.locator('.end h2').innerText()).toBe('The run is finished')
        expect(await page.locator('.neighbours li').count()).toBe(3)
        return Number.parseFloat(await page.locator('[data-figure=accuracy]').innerText()) / 100
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
    await stageOf(other, 'waiting')
    interrupted.abort()
    await other.getByText('The host ended the run').waitFor()
    expect((await outcome).outcome).toBe('interrupted')
  } finally {
    interrupted.abort()
    await outcome
  }
})
