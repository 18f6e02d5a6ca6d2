import { ensureBuilt } from '../../scripts/build.mjs'

/** What tests of pure folders need that is generated. */
export default async function setup() {
  await ensureBuilt(['kernels'])
}
