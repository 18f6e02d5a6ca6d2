import { createServer } from 'node:http'
import { type Browser, chromium } from 'playwright'
import type { DataServer } from '../data-server.ts'
import { servePage } from '../page-server.ts'
import { requireChromium } from './chromium.ts'
import type { LaunchedPeers, SeatToken, SwarmAddresses } from './processes.ts'

export interface BrowserOptions extends SwarmAddresses {
  readonly isolate: 'page' | 'context'
  readonly headless: boolean
  /** The data of the tabs. */
  readonly data: DataServer['find']
}

/** Pages that load at the same time: more only makes each slower on a few cores. */
const parallelPages = 4

/** Opens a tab of headless Chromium for each seat. `gone` hears of one that crashed or failed. */
export async function launchBrowsers(
  seats: readonly SeatToken[],
  options: BrowserOptions,
  gone: (seat: number, detail: string) => void,
): Promise<LaunchedPeers> {
  const server = await servePage(createServer(), { port: 0, host: '127.0.0.1', data: options.data })
  const browser = await launchChromium(options.headless)
  const closing = { now: false }
  browser.on('disconnected', () => {
    if (!closing.now) for (const { seat } of seats) gone(seat, 'the browser ended')
  })
  const shared = options.isolate === 'page' ? await browser.newContext() : undefined
  const queue = [...seats]
  const open = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { seat, token } = next
      const context = shared ?? (await browser.newContext())
      const page = await context.newPage()
      page.on('crash', () => gone(seat, 'the tab crashed'))
      page.on('pageerror', (error) => gone(seat, `the page failed: ${error.message.split('\n')[0]}`))
      page.on('console', (message) => {
        if (process.env.HEARSAY_TAB_CONSOLE) process.stderr.write(`tab ${seat}: ${message.text()}\n`)
      })
      const { coordinator, relay, links } = options
      const fragment = new URLSearchParams({ coordinator, relay, links, token, start: 'at-once' })
      await page.goto(`${server.url}/#${fragment}`)
    }
  }
  await Promise.all(Array.from({ length: parallelPages }, open))
  return {
    async close() {
      closing.now = true
      await browser.close()
      await server.close()
    },
  }
}

/** Headless Chromium with the flags that a swarm of tabs on one host needs. */
async function launchChromium(headless: boolean): Promise<Browser> {
  return chromium.launch({
    executablePath: requireChromium().path,
    headless,
    // Playwright would end this process on Ctrl-C, before what was measured is written.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-background-networking'],
  })
}
