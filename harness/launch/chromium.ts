import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright'

/** A Chromium that was found, and where: `HEARSAY_CHROMIUM`, Playwright's own, then the system's. */
export interface FoundChromium {
  readonly path: string
  readonly source: 'HEARSAY_CHROMIUM' | 'playwright' | 'system'
}

const systemNames = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

/** The Chromium that swarms and tests use; undefined where there is none. */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): FoundChromium | undefined {
  const chosen = environment.HEARSAY_CHROMIUM
  if (chosen) return existsSync(chosen) ? { path: chosen, source: 'HEARSAY_CHROMIUM' } : undefined
  const own = chromium.executablePath()
  if (own && existsSync(own)) return { path: own, source: 'playwright' }
  for (const folder of (environment.PATH ?? '').split(delimiter)) {
    for (const name of systemNames) {
      const path = join(folder, name)
      if (folder && existsSync(path)) return { path, source: 'system' }
    }
  }
  return undefined
}
