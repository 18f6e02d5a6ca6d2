import { Worker } from 'node:worker_threads'
import { inOneLine, OwnCodeError } from '#aggregation/contract.ts'
import { workIn } from '#aggregation/kernels/kernels.ts'
import { isExternal } from '#aggregation/rules/external.ts'
import type { Dataset, LabelledImages } from '#learning/datasets/dataset.ts'
import type { ComputeConfig } from '#protocol/compute/calls.ts'
import { type Compute, type ComputePort, createComputeClient } from '#protocol/compute/compute-client.ts'
import { type ExternalConfig, labelOf } from './external-rule.ts'
import { pairing } from './pairing.ts'
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
  pairing.allow?.()
  const own = ownRuleOf(setup)
  const shared = createSharedVectors()
  const ports = Array.from({ length: size }, () => {
    // Keeps the output of a user's module out of the results on stdout.
    const worker = new Worker(workerUrl, { name: 'hearsay-compute', stdout: own !== undefined })
    if (own) worker.stdout.pipe(process.stderr, { end: false })
    return portOf(worker, own)
  })
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

/** A user's own rule that the threads run. */
interface OwnRule {
  /** Name in messages. */
  readonly label: string
  /** Whether a program outside the thread computes it. */
  readonly program: boolean
  readonly timeoutMs: number
}

function ownRuleOf({ aggregation }: ComputeConfig): OwnRule | undefined {
  if (!aggregation || !isExternal(aggregation.name)) return undefined
  const { command, module, timeoutMs } = aggregation as unknown as ExternalConfig
  const label = labelOf({ ...(command ? { command } : {}), ...(module === undefined ? {} : { module }) })
  return { label, program: command !== undefined, timeoutMs }
}

/**
 * A thread as a port. The program of an external rule is a child of the thread. The program ends before its thread, or
 * with the process if the process exits first, so that none is left behind.
 */
function portOf(worker: Worker, own: OwnRule | undefined): ComputePort {
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
      let timer: NodeJS.Timeout | undefined
      const failed = (what: string, cause?: unknown): void => {
        clearTimeout(timer)
        if (own) crashed(new OwnCodeError(`the rule ${own.label} ${what}`))
        else crashed(cause instanceof Error ? cause : new Error(what))
      }
      worker.on('message', (message: FromWorker) => {
        if ('ownRule' in message) {
          clearTimeout(timer)
          // A module that hangs blocks its thread, so this thread measures the time.
          if (own && message.ownRule === 'begins')
            timer = setTimeout(() => failed(`did not answer within ${own.timeoutMs} ms (timeoutMs)`), own.timeoutMs)
        } else if (!('program' in message)) reply(message)
        else if (message.program === 'started') programs.add(message.pid)
        else programs.delete(message.pid)
      })
      worker.on('messageerror', (error) => failed('answered something that cannot be copied', error))
      worker.on('error', (error) => failed(`threw outside of aggregate: ${inOneLine(error)}`, error))
      worker.on('exit', (code) =>
        failed(own ? `ended its thread with exit code ${code}` : `it exited with code ${code}`),
      )
    },
    async terminate() {
      if (own?.program) {
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
