import { ensureBuilt } from '../../scripts/build.mjs'

/** Builds the generated modules that tests of the pure folders need. */
export default async function setup() {
  await ensureBuilt(['kernels'])
}
