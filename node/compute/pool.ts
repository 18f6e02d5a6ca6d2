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
 * Starts a pool of compute threads. The data set and all vectors are shared among them, not copied. The threads do not
 * end by themselves: `close` ends them. Until then this thread's kernels work in the memory of the vectors too. Rejects
 * where the engine does not run here (ComputeError, `engine-unavailable`).
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
 * A thread as a port. The program of a rule of the user's own is its child: where there is one, it ends before the thread
 * does, so that none is left behind, and with the process where that exits first.
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
    // It is gone already.
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
