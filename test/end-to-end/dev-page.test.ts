import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { requireChromium } from '#harness/machine/chromium.ts'
import { packageFolder } from '#node/data/package-folder.ts'
import { type Finished, runProgram } from './built-command.ts'

const root = packageFolder()
const script = join(root, 'scripts', 'dev-page.mjs')
const copy = mkdtempSync(join(tmpdir(), 'hearsay-dev-page-'))
let browser: Browser

beforeAll(async () => {
  // A copy of the sources for tests that edit them: browser/ is copied, the folders that it imports are linked.
  for (const entry of ['package.json', 'tsconfig.base.json', 'browser'])
    cpSync(join(root, entry), join(copy, entry), { recursive: true })
  for (const folder of ['aggregation', 'attacks', 'learning', 'topology', 'protocol', 'report', 'node_modules'])
    symlinkSync(join(root, folder), join(copy, folder))
  browser = await chromium.launch({
    executablePath: requireChromium().path,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
})
afterAll(async () => {
  await browser?.close()
  rmSync(copy, { recursive: true, force: true })
})

/** Starts the server in its own process group; resolves to the address that it prints. */
async function serve(...args: string[]): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = spawn(process.execPath, [script, '--root', copy, ...args], { detached: true })
  let [stdout, stderr] = ['', '']
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      const [, address] = /^(http:\S+)$/m.exec(stdout) ?? []
      if (address) resolve(address)
    })
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it served: ${stderr}`)))
  })
  return { child, url }
}

/** Sends Ctrl-C; resolves to the exit code when no process of the group is left. */
async function interrupt(child: ChildProcess): Promise<number | null> {
  const group = -(child.pid as number)
  const exited = once(child, 'exit')
  process.kill(group, 'SIGINT')
  const [code] = await exited
  expect(() => process.kill(group, 0)).toThrow('ESRCH')
  return code
}

/** A port of this machine that is taken until the test ends. */
async function takenPort(): Promise<number> {
  const server = createServer()
  onTestFinished(() => void server.close())
  await once(server.listen(0, 'localhost'), 'listening')
  return (server.address() as AddressInfo).port
}

function edit(file: string, before: string, after: string): void {
  const path = join(copy, 'browser', file)
  const source = readFileSync(path, 'utf8')
  expect(source).toContain(before)
  writeFileSync(path, source.replace(before, after))
}

const limit = { timeout: 10_000, interval: 50 }
const text = (page: Page, selector: string): Promise<string | null> => page.locator(selector).textContent(limit)
const roundsClosed = (page: Page): Promise<number> =>
  page.locator('progress').evaluate((bar) => Number(bar.getAttribute('value')))
const width = (page: Page): Promise<string> => page.locator('main').evaluate((main) => getComputedStyle(main).maxWidth)

test('a recorded run plays, and edits of style and view show without a restart', async () => {
  const taken = await takenPort()
  const { child, url } = await serve('--once', '--pace', '1500', '--port', String(taken))
  try {
    expect(new URL(url).port).not.toBe(String(taken))
    const page = await browser.newPage()
    await page.goto(url)
    await expect.poll(() => roundsClosed(page), limit).toBeGreaterThanOrEqual(1)
    expect(await text(page, 'h1')).toBe('recorded-swarm')
    expect(await text(page, 'dl')).toContain('peer 1')
    // A reload would remove it.
    await page.evaluate(() => {
      document.documentElement.dataset.loaded = 'once'
    })
    const before = await roundsClosed(page)

    edit('page.css', 'main {\n  max-width: 66rem;', 'main {\n  max-width: 33rem;')
    await expect.poll(() => width(page), limit).toBe('528px')
    edit('view/page.ts', "'Your neighbours'", "'Peers beside you'")
    await expect.poll(() => text(page, '.around h2'), limit).toBe('Peers beside you')

    expect(await roundsClosed(page)).toBeGreaterThanOrEqual(before)
    await expect.poll(() => text(page, '.end h2'), { ...limit, timeout: 30_000 }).toBe('The run is finished')
    expect(await roundsClosed(page)).toBe(6)
    expect(await page.locator('html').getAttribute('data-loaded')).toBe('once')
    await page.close()
  } finally {
    expect(await interrupt(child)).toBe(0)
  }
})

test('an edit of any other file starts the run over, also with a chosen peer', async () => {
  const { child, url } = await serve('--pace', '200', '--peer', '5')
  try {
    const page = await browser.newPage()
    await page.goto(url)
    await expect.poll(() => text(page, '.end h2'), limit).toBe('The run is finished')
    expect(await text(page, 'dl')).toContain('peer 5')
    // The end is shown for a while, then the run starts over.
    await expect.poll(() => page.locator('main').getAttribute('data-stage'), limit).toBe('running')
    await page.evaluate(() => {
      document.documentElement.dataset.loaded = 'once'
    })
    edit('session/visit.ts', "stage: 'joining'", "stage: ('joining')")
    await expect.poll(() => page.locator('html').getAttribute('data-loaded'), limit).toBeNull()
    await expect.poll(() => text(page, '.end h2'), limit).toBe('The run is finished')
    await page.close()
  } finally {
    expect(await interrupt(child)).toBe(0)
  }
})

test.each([
  [['--peer', '6'], '--peer 6: the run has the peers 0, 1, 2, 3, 4, 5'],
  [['--pace', 'fast'], '--pace fast: write a whole number from 1 to 3600000'],
  [['--port', '70000'], '--port 70000: write a whole number from 1 to 65535'],
  [['--tempo', '3'], "Unknown option '--tempo'"],
  [[copy], 'not a run folder, because it has no experiment.yaml'],
  [['a', 'b'], 'give only one run folder, not a and b'],
  [['--root', tmpdir()], 'has no browser/dev/main.ts'],
])('%j is refused in one line', async (args, message) => {
  const result: Finished = await runProgram(process.execPath, [script, ...args])
  expect(result).toMatchObject({ code: 2, stdout: '', leftovers: false })
  expect(result.stderr).toMatch(/^dev:page: .*\n$/)
  expect(result.stderr).toContain(message)
})

test('the built page contains no part of the player', () => {
  const page = join(root, 'dist', 'browser')
  const scripts = readdirSync(page, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(js|html)$/.test(file))
  expect(scripts).toContain('page.js')
  for (const file of scripts) expect(readFileSync(join(page, file), 'utf8'), file).not.toContain('/recorded/')
})
