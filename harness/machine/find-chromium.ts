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
  return findChromiums(environment)[0]
}

/** Every Chromium here, the one to use first. One that HEARSAY_CHROMIUM names is the only one. */
export function findChromiums(environment: NodeJS.ProcessEnv = process.env): FoundChromium[] {
  const chosen = environment.HEARSAY_CHROMIUM
  if (chosen) return existsSync(chosen) ? [{ path: chosen, source: 'HEARSAY_CHROMIUM' }] : []
  const found: FoundChromium[] = []
  const own = chromium.executablePath()
  if (own && existsSync(own)) found.push({ path: own, source: 'playwright' })
  const system = onPath(systemNames, environment)
  if (system) found.push({ path: system, source: 'system' })
  return found
}

/** The first of these programs that is on the PATH. */
export function onPath(names: readonly string[], environment: NodeJS.ProcessEnv = process.env): string | undefined {
  for (const folder of (environment.PATH ?? '').split(delimiter)) {
    for (const name of names) if (folder && existsSync(join(folder, name))) return join(folder, name)
  }
  return undefined
}
