import { openEngine } from '#learning/engines/open-engine.ts'
import type { ComputeReply, ComputeRequest } from '#protocol/compute/calls.ts'
import { createCompute } from '#protocol/compute/compute.ts'
import { browserEngines } from './engine.ts'

/** The part of a worker's global scope that this file uses; the DOM types describe the page's scope. */
interface WorkerScope {
  addEventListener(type: 'message', listener: (event: MessageEvent<readonly ComputeRequest[]>) => void): void
  postMessage(replies: readonly ComputeReply[], transfer: readonly ArrayBuffer[]): void
}

const scope = globalThis as unknown as WorkerScope
const compute = createCompute((setup) => openEngine(setup.engine, browserEngines(setup.assets ?? '/')))
scope.addEventListener('message', async ({ data }) => {
  const { replies, transfer } = await compute.handle(data)
  scope.postMessage(replies, transfer)
})
