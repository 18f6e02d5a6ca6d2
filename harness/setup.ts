import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { chromium } from 'playwright'
import { findChromium, findChromiums, onPath } from './machine/find-chromium.ts'

// Entry of `npm run setup`: finds a working Chromium, or installs one. It tries Playwright's download first, then the
// system's package manager.

const managers = [
  {
    command: 'apt-get',
    steps: [
      ['update', '-qq'],
      ['install', '-y', '-qq', '--no-install-recommends', 'chromium'],
    ],
  },
  { command: 'dnf', steps: [['install', '-y', '-q', 'chromium']] },
  { command: 'apk', steps: [['add', '--quiet', 'chromium']] },
]
const downloadMs = 240_000
const packagesMs = 900_000

function say(line: string): void {
  process.stderr.write(`setup: ${line}\n`)
}

/** Path of the first Chromium that starts. A download without the system's libraries does not start. */
async function working(): Promise<string | undefined> {
  for (const found of findChromiums()) {
    try {
      const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
      const browser = await chromium.launch({ executablePath: found.path, args })
      await browser.close()
      return found.path
    } catch {
      say(`${found.path} exists but does not start`)
    }
  }
  return undefined
}

function run(command: string, args: readonly string[], timeout: number): boolean {
  say(`running: ${[command, ...args].join(' ')}`)
  const result = spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout,
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (result.status === 0) return true
  const said = (result.stderr ?? '').trim().split('\n')
  const why = result.error?.message ?? (said.find((line) => /error/i.test(line)) || said.at(-1))
  say(`failed: ${why || `exit code ${result.status}`}`)
  return false
}

function installFromPlaywright(): void {
  const playwright = dirname(createRequire(import.meta.url).resolve('playwright/package.json'))
  run(process.execPath, [join(playwright, 'cli.js'), 'install', '--no-shell', 'chromium'], downloadMs)
}

function installFromSystem(): void {
  const manager = managers.find(({ command }) => onPath([command]) !== undefined)
  const root = process.getuid?.() === 0
  if (!manager || (!root && onPath(['sudo']) === undefined)) return
  for (const step of manager.steps) {
    const [command = '', ...args] = [...(root ? [] : ['sudo', '-n']), manager.command, ...step]
    if (!run(command, args, packagesMs)) return
  }
}

if (process.env.HEARSAY_CHROMIUM && !findChromium()) {
  say(`HEARSAY_CHROMIUM names ${process.env.HEARSAY_CHROMIUM}, which does not exist`)
  process.exit(2)
}
let found = await working()
if (!found) {
  say('found no browser; installing one')
  installFromPlaywright()
  found = await working()
  if (!found) {
    installFromSystem()
    found = await working()
  }
  if (!found) {
    say(
      'could not install a browser: install Chromium and set HEARSAY_CHROMIUM to its path; simulations need no browser',
    )
    process.exit(2)
  }
  say(`browser: ${found}`)
}
