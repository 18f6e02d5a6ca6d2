import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { type Browser, type BrowserContext, chromium } from 'playwright'
import { requireChromium } from '../machine/chromium.ts'
import type { DataServer } from '../servers/data-server.ts'
import { servePage } from '../servers/page-server.ts'
import type { LaunchedPeers, SeatToken, SwarmAddresses } from './processes.ts'

export interface BrowserOptions extends SwarmAddresses {
  readonly isolate: 'page' | 'context'
  readonly headless: boolean
  /** The data of the tabs. */
  readonly data: DataServer['find']
}

/** Maximum number of pages that load at the same time. On a few cores more pages only slow each other down. */
const parallelPages = 4
/** Time limit for loading a page while the machine also starts a whole swarm. */
const loadMs = 90_000
/** Time to wait for the browser to close. With a frozen tab it takes 30 s, but it ends with this process anyway. */
const closeMs = 10_000

/**
 * Opens a Chromium tab for each seat, a few at a time. `close` works during opening too. Calls `gone` for a tab that
 * crashes, fails or does not load.
 */
export async function launchBrowsers(
  seats: readonly SeatToken[],
  options: BrowserOptions,
  gone: (seat: number, detail: string) => void,
): Promise<LaunchedPeers> {
  const server = await servePage(createServer(), { port: 0, host: '127.0.0.1', data: options.data })
  const closing = { now: false }
  const launching = launchChromium(options.headless)
  const queue = [...seats]
  const open = async (browser: Browser, shared: BrowserContext | undefined): Promise<void> => {
    for (let next = queue.shift(); next && !closing.now; next = queue.shift()) {
      const { seat, token } = next
      try {
        const page = await (shared ?? (await browser.newContext())).newPage()
        page.on('crash', () => gone(seat, 'the tab crashed'))
        page.on('close', () => closing.now || gone(seat, 'the tab was closed'))
        page.on('pageerror', (error) => gone(seat, `the page failed: ${firstLine(error)}`))
        page.on('console', (message) => {
          if (process.env.HEARSAY_TAB_CONSOLE) process.stderr.write(`tab ${seat}: ${message.text()}\n`)
        })
        const { coordinator, relay, links } = options
        const fragment = new URLSearchParams({ coordinator, relay, links, token, start: 'at-once' })
        await page.goto(`${server.url}/#${fragment}`, { timeout: loadMs })
      } catch (error) {
        if (!closing.now) gone(seat, `its tab did not open: ${firstLine(error)}`)
      }
    }
  }
  const opening = launching
    .then(async (browser) => {
      browser.on('disconnected', () => {
        if (!closing.now) for (const { seat } of seats) gone(seat, 'the browser ended')
      })
      const shared = options.isolate === 'page' && !closing.now ? await browser.newContext() : undefined
      await Promise.all(Array.from({ length: parallelPages }, () => open(browser, shared)))
    })
    .catch((error) => {
      if (!closing.now) gone(seats[0]?.seat ?? 0, `the browser did not start: ${firstLine(error)}`)
    })
  return {
    async close() {
      closing.now = true
      const browser = await launching.catch(() => undefined)
      await Promise.race([browser?.close(), setTimeout(closeMs, undefined, { ref: false })])
      await opening
      await server.close()
    },
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
}

/**
 * Lets V8 pair 128-bit operations of WebAssembly to 256 bits, which changes no bit. The flag has two names; Chromium
 * ignores the one that it does not know.
 */
const pairing = '--js-flags=--wasm-revectorize --experimental-wasm-revectorize'

/** Starts Chromium with the flags that a swarm of tabs on one host needs. */
async function launchChromium(headless: boolean): Promise<Browser> {
  return chromium.launch({
    executablePath: requireChromium().path,
    headless,
    // On Ctrl-C Playwright would end this process before the run folder is written.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-background-networking', pairing],
  })
}
