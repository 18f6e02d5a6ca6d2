import { spawnSync } from 'node:child_process'
import { InputError } from '#protocol/loading/input-error.ts'
import { type FoundChromium, findChromium, programProblem } from './find-chromium.ts'

/** Time that a browser may take to tell its version. */
const versionMs = 20_000

/**
 * The Chromium for a swarm of tabs. Throws InputError if there is none, or if HEARSAY_CHROMIUM names something else.
 */
export function requireChromium(): FoundChromium {
  const found = findChromium()
  const chosen = process.env.HEARSAY_CHROMIUM
  if (found && (!chosen || isBrowser(found.path))) return found
  const problem = chosen
    ? `no browser: HEARSAY_CHROMIUM names ${chosen}, ${programProblem(chosen) ?? 'which is not a Chromium'}`
    : 'no browser: set HEARSAY_CHROMIUM to the path of a Chromium, or install one with: npm run setup'
  throw new InputError(`${problem}; the runtimes simulation and processes need no browser`)
}

/** Whether a program's version names Chromium, or a browser based on it. */
function isBrowser(path: string): boolean {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: versionMs })
  return /chrom|edge|brave|headless/i.test(stdout ?? '')
}
