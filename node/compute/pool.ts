import { Worker } from 'node:worker_threads'
import type { Dataset, LabelledImages } from '#learning/dataset.ts'
import type { ComputeReply, ComputeSetup } from '#protocol/compute.ts'
import { type Compute, type ComputePort, createComputeClient } from '#protocol/compute-client.ts'
import { createSharedVectors } from './shared-vectors.ts'

export interface ComputePoolOptions {
  /** Worker threads; each holds one workspace. */
  readonly size: number
  /** The built entry of node/compute/worker.ts. */
  readonly workerUrl: URL
  readonly setup: ComputeSetup
}

/**
 * Starts a pool of compute threads. The data set and all vectors are shared among them, not copied. The threads do not end by
 * themselves: `close` ends them. Rejects where the engine does not run here (ComputeError, `engine-unavailable`).
 */
export function createComputePool({ size, workerUrl, setup }: ComputePoolOptions): Promise<Compute> {
  const ports = Array.from({ length: size }, () => portOf(new Worker(workerUrl, { name: 'hearsay-compute' })))
  return createComputeClient(ports, { ...setup, dataset: shareDataset(setup.dataset) }, createSharedVectors())
}

function portOf(worker: Worker): ComputePort {
  return {
    post: (request) => worker.postMessage(request),
    listen({ reply, crashed }) {
      worker.on('message', (message: ComputeReply) => reply(message))
      worker.on('messageerror', crashed)
      worker.on('error', (error) => crashed(error instanceof Error ? error : new Error(String(error))))
      worker.on('exit', (code) => crashed(new Error(`it exited with code ${code}`)))
    },
    async terminate() {
      await worker.terminate()
    },
  }
}

function shareDataset(dataset: Dataset): Dataset {
  const sharePart = (part: LabelledImages): LabelledImages => ({
    ...part,
    images: share(part.images),
    labels: share(part.labels),
  })
  return { ...dataset, train: sharePart(dataset.train), test: sharePart(dataset.test) }
}

function share(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  return shared
}
