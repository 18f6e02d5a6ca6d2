import { ensureBuilt } from '../../scripts/build.mjs'

/** Builds workers, peers and the page from the current sources: tests start them from dist/. */
export default async function setup() {
  await ensureBuilt(['kernels', 'node', 'page'])
}
