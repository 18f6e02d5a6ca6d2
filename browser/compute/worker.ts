import { openEngine } from '#learning/open-engine.ts'
import { type ComputeReply, type ComputeRequest, createCompute } from '#protocol/compute.ts'
import { browserEngines } from './engine.ts'

/** The part of a dedicated worker's scope that is used; the DOM types describe the page's. */
interface WorkerScope {
  addEventListener(type: 'message', listener: (event: MessageEvent<ComputeRequest>) => void): void
  postMessage(reply: ComputeReply, transfer: readonly ArrayBuffer[]): void
}

const scope = globalThis as unknown as WorkerScope
const compute = createCompute((setup) => openEngine(setup.engine, browserEngines(setup.assets ?? '/')))
scope.addEventListener('message', async ({ data }) => {
  const { reply, transfer } = await compute.handle(data)
  scope.postMessage(reply, transfer)
})
