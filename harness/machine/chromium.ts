import { InputError } from '#protocol/loading/input-error.ts'
import { type FoundChromium, findChromium } from './find-chromium.ts'

/** The Chromium for a swarm of tabs. Throws InputError if there is none. */
export function requireChromium(): FoundChromium {
  const found = findChromium()
  if (found) return found
  const chosen = process.env.HEARSAY_CHROMIUM
  const problem = chosen
    ? `no browser: HEARSAY_CHROMIUM names ${chosen}, which does not exist`
    : 'no browser: set HEARSAY_CHROMIUM to the path of a Chromium, or install one with: npm run setup'
  throw new InputError(`${problem}; the runtimes simulation and processes need no browser`)
}
