import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright'

/** A Chromium with its source, searched in this order: `HEARSAY_CHROMIUM`, Playwright, the system. */
export interface FoundChromium {
  readonly path: string
  readonly source: 'HEARSAY_CHROMIUM' | 'playwright' | 'system'
}

const systemNames = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

/** The Chromium that swarms and tests use; undefined if there is none. */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): FoundChromium | undefined {
  return findChromiums(environment)[0]
}

/** Every Chromium of this machine, the preferred one first. With HEARSAY_CHROMIUM, only the one that it names. */
export function findChromiums(environment: NodeJS.ProcessEnv = process.env): FoundChromium[] {
  const chosen = environment.HEARSAY_CHROMIUM
  if (chosen) return programProblem(chosen) === undefined ? [{ path: chosen, source: 'HEARSAY_CHROMIUM' }] : []
  const found: FoundChromium[] = []
  const own = chromium.executablePath()
  if (own && existsSync(own)) found.push({ path: own, source: 'playwright' })
  const system = onPath(systemNames, environment)
  if (system) found.push({ path: system, source: 'system' })
  return found
}

/** Why a path is no program, in words that follow it; undefined if it is one. */
export function programProblem(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return 'which does not exist'
  if (found.isDirectory()) return 'which is a folder, not a program'
  try {
    accessSync(path, constants.X_OK)
    return undefined
  } catch {
    return 'which is not executable'
  }
}

/** The path of the first program found on the PATH; undefined if none is. */
export function onPath(names: readonly string[], environment: NodeJS.ProcessEnv = process.env): string | undefined {
  for (const folder of (environment.PATH ?? '').split(delimiter)) {
    for (const name of names) if (folder && existsSync(join(folder, name))) return join(folder, name)
  }
  return undefined
}
