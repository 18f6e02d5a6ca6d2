import { ensureBuilt } from '../../scripts/build.mjs'

/** All that the package holds. */
export default async function setup() {
  await ensureBuilt()
}
