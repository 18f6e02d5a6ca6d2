import { Worker } from 'node:worker_threads'
import { workIn } from '#aggregation/kernels/kernels.ts'
import type { Dataset, LabelledImages } from '#learning/datasets/dataset.ts'
import type { ComputeConfig } from '#protocol/compute/calls.ts'
import { type Compute, type ComputePort, createComputeClient } from '#protocol/compute/compute-client.ts'
import { createSharedVectors } from './shared-vectors.ts'
import type { FromWorker, ToWorker } from './worker-messages.ts'

export interface ComputePoolOptions {
  /** Worker threads; each holds one workspace. */
  readonly size: number
  /** The built entry of node/compute/worker.ts. */
  readonly workerUrl: URL
  readonly setup: ComputeConfig
}

/**
 * Starts a pool of compute threads, which share the data set and all vectors without copies. `close` ends them; they do
 * not end by themselves. Until then the kernels of this thread also work in the shared memory. Rejects with
 * ComputeError (`engine-unavailable`) if the engine does not run here.
 */
export async function createComputePool({ size, workerUrl, setup }: ComputePoolOptions): Promise<Compute> {
  const programs = setup.aggregation?.name === 'command'
  const shared = createSharedVectors()
  const ports = Array.from({ length: size }, () => portOf(new Worker(workerUrl, { name: 'hearsay-compute' }), programs))
  const compute = await createComputeClient(ports, { ...setup, dataset: shareDataset(setup.dataset) }, shared)
  const leave = shared.memory && workIn(shared.memory)
  return {
    ...compute,
    close() {
      leave?.()
      return compute.close()
    },
  }
}

/**
 * A thread as a port. The program of an external rule is a child of the thread. The program ends before its thread, or
 * with the process if the process exits first, so that none is left behind.
 */
function portOf(worker: Worker, hasProgram: boolean): ComputePort {
  const programs = new Set<number>()
  const killPrograms = (): void => {
    for (const pid of programs) killIfThere(pid)
  }
  process.on('exit', killPrograms)
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      process.off('exit', killPrograms)
      killPrograms()
      resolve()
    })
  })
  return {
    post: (requests) => worker.postMessage(requests satisfies ToWorker),
    listen({ reply, crashed }) {
      worker.on('message', (message: FromWorker) => {
        if (!('program' in message)) reply(message)
        else if (message.program === 'started') programs.add(message.pid)
        else programs.delete(message.pid)
      })
      worker.on('messageerror', crashed)
      worker.on('error', (error) => crashed(error instanceof Error ? error : new Error(String(error))))
      worker.on('exit', (code) => crashed(new Error(`it exited with code ${code}`)))
    },
    async terminate() {
      if (hasProgram) {
        worker.postMessage('close' satisfies ToWorker)
        await exited
      }
      await worker.terminate()
    },
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has exited already.
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
