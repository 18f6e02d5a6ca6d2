import { ensureBuilt } from '../../scripts/build.mjs'

/** Builds everything in the package. */
export default async function setup() {
  await ensureBuilt()
}
