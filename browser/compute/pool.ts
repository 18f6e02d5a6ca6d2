import type { ComputeConfig, ComputeReply } from '#protocol/compute/calls.ts'
import { type Compute, type ComputePort, createComputeClient } from '#protocol/compute/compute-client.ts'

export interface ComputeWorkerOptions {
  /** The built entry of browser/compute/worker.ts, a module. */
  readonly workerUrl: URL
  /** `assets` is the base URL of the wasm binaries. */
  readonly setup: ComputeConfig & { readonly assets: string }
}

/** Starts the tab's compute worker. The page and its network never wait for training or aggregation. */
export function createComputeWorker({ workerUrl, setup }: ComputeWorkerOptions): Promise<Compute> {
  return createComputeClient([portOf(new Worker(workerUrl, { type: 'module', name: 'hearsay-compute' }))], setup)
}

function portOf(worker: Worker): ComputePort {
  return {
    post: (requests) => worker.postMessage(requests),
    listen({ reply, crashed }) {
      worker.addEventListener('message', ({ data }: MessageEvent<readonly ComputeReply[]>) => reply(data))
      worker.addEventListener('messageerror', () => crashed(new Error('its answer could not be read')))
      worker.addEventListener('error', (event) => {
        crashed(new Error(event.message || 'its script could not be loaded'))
      })
    },
    async terminate() {
      worker.terminate()
    },
  }
}
