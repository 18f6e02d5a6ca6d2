import { InputError } from '#protocol/loading/input-error.ts'
import { type FoundChromium, findChromium } from './find-chromium.ts'

/** The Chromium that a swarm of tabs needs. Throws InputError where there is none. */
export function requireChromium(): FoundChromium {
  const found = findChromium()
  if (found) return found
  const chosen = process.env.HEARSAY_CHROMIUM
  const problem = chosen
    ? `no browser: HEARSAY_CHROMIUM names ${chosen}, which is not there`
    : 'no browser: set HEARSAY_CHROMIUM to a Chromium, or run: npm run setup (it installs one)'
  throw new InputError(`${problem}; runtimes simulation and processes need none`)
}
