import { ensureBuilt } from '../../scripts/build.mjs'

/** Workers, peers and the page as the sources are now: tests start them from dist/. */
export default async function setup() {
  await ensureBuilt(['kernels', 'node', 'page'])
}
