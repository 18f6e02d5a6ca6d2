import type { AggregationOutput } from '#aggregation/rule.ts'
import type { Workspace } from '#learning/engine.ts'
import type { ProximalDescent } from '#learning/proximal.ts'
import type {
  ComputeCalls,
  ComputeFailure,
  ComputeReply,
  ComputeRequest,
  ComputeSetup,
  ComputeVerb,
} from './compute.ts'

/** A worker as its shell hands it over. */
export interface ComputePort {
  /** Copies the request into the worker. */
  post(request: ComputeRequest): void
  /** Called once. `crashed` ends the port, `closed` included if nobody asked for it. */
  listen(events: { reply(reply: ComputeReply): void; crashed(reason: Error): void }): void
  terminate(): Promise<void>
}

/** One or more compute workers behind the calls of a workspace, and the rule beside them. */
export interface Compute extends Omit<Workspace, 'gradient'> {
  gradient(
    parameters: Float32Array,
    batch: Uint32Array,
    views?: Uint32Array,
  ): Promise<{ gradient: Float32Array; loss: number }>
  /** Trains on poisoned examples, near where it starts; returns fresh parameters (d) and the mean loss of the task. */
  poison(descent: ProximalDescent): Promise<{ parameters: Float32Array; loss: number }>
  /** Runs the rule as configured for a closed neighbourhood of that size; by default the number of vectors. */
  aggregate(input: ComputeCalls['aggregate']['arguments']['input'], neighbourhood?: number): Promise<AggregationOutput>
  /** Ends the workers; calls in flight are rejected. */
  close(): Promise<void>
}

/** A worker ended before it answered; `cause` says how. */
export class ComputeCrashedError extends Error {
  readonly code = 'compute-crashed'
  override readonly name = 'ComputeCrashedError'
}

/** A call failed inside the worker; `code` is the worker's own. */
export class ComputeError extends Error {
  readonly code: string
  override readonly name = 'ComputeError'
  constructor({ message, code }: ComputeFailure) {
    super(message)
    this.code = code ?? 'compute-failed'
  }
}

interface Call {
  readonly request: ComputeRequest
  resolve(result: ComputeCalls[ComputeVerb]['result']): void
  reject(reason: Error): void
}

/**
 * Sets every worker up and hands calls to the first free one, in the order of the calls. Since workers hold no
 * peer's state, which of them computes what changes no result. When a worker crashes, every call in flight or
 * waiting is rejected with ComputeCrashedError, later ones too, and the others are ended. Rejects, with all
 * workers ended, where one cannot be set up.
 */
export async function createComputeClient(ports: readonly ComputePort[], setup: ComputeSetup): Promise<Compute> {
  const waiting: Call[] = []
  const inFlight = new Map<number, Call>()
  const free: ComputePort[] = []
  let ended: Error | undefined
  let nextId = 0

  function end(reason: Error): Promise<unknown> {
    ended ??= reason
    const calls = [...inFlight.values(), ...waiting.splice(0)]
    inFlight.clear()
    for (const call of calls) call.reject(ended)
    return Promise.all(ports.map((port) => port.terminate()))
  }

  function dispatch(port: ComputePort, call: Call): void {
    inFlight.set(call.request.id, call)
    try {
      port.post(call.request)
    } catch (error) {
      // What cannot be cloned never reached the worker.
      inFlight.delete(call.request.id)
      call.reject(error as Error)
      release(port)
    }
  }

  function release(port: ComputePort): void {
    const call = waiting.shift()
    if (call) dispatch(port, call)
    else free.push(port)
  }

  /** Without a port, the first free worker takes it. */
  function call<V extends ComputeVerb>(
    verb: V,
    values: ComputeCalls[V]['arguments'],
    port: ComputePort | undefined = free.shift(),
  ): Promise<ComputeCalls[V]['result']> {
    return new Promise((resolve, reject) => {
      if (ended) {
        reject(ended)
        return
      }
      const request = { id: nextId++, verb, ...values } as unknown as ComputeRequest
      const entry: Call = { request, resolve: resolve as Call['resolve'], reject }
      if (port) dispatch(port, entry)
      else waiting.push(entry)
    })
  }

  for (const port of ports) {
    port.listen({
      reply(reply) {
        const settled = inFlight.get(reply.id)
        if (!settled) return
        inFlight.delete(reply.id)
        if (reply.outcome === 'done') settled.resolve(reply.result)
        else settled.reject(errorOf(reply.error))
        release(port)
      },
      crashed(cause) {
        if (ended) return
        end(new ComputeCrashedError(`a compute worker ended: ${cause.message}`, { cause })).catch(() => {})
      },
    })
  }

  try {
    const reports = await Promise.all(ports.map((port) => call('setup', { setup }, port)))
    const report = reports[0]
    if (!report) throw new RangeError('a compute pool needs at least one worker')
    return {
      report,
      descend: (parameters, momentum, batches, descent, views) =>
        call('descend', {
          parameters: own(parameters),
          momentum: own(momentum),
          batches,
          descent,
          ...(views ? { views } : {}),
        }),
      gradient: (parameters, batch, views) =>
        call('gradient', { parameters: own(parameters), batch, ...(views ? { views } : {}) }),
      evaluate: (parameters, batch) =>
        call('evaluate', batch ? { parameters: own(parameters), batch } : { parameters: own(parameters) }),
      probe: async (parameters, probe) => (await call('probe', { parameters: own(parameters), probe })).share,
      poison: (descent) =>
        call('poison', { descent: { ...descent, start: own(descent.start), weights: own(descent.weights) } }),
      aggregate: (input, neighbourhood = input.vectors.length) =>
        call('aggregate', { input: { ...input, vectors: input.vectors.map(own) }, neighbourhood }),
      async close() {
        await end(new ComputeCrashedError('the compute workers were closed'))
      },
    }
  } catch (error) {
    await end(error as Error)
    throw error
  }
}

/** The vector itself, or a copy where it is a view: cloning a view clones all of the buffer behind it. */
function own(vector: Float32Array): Float32Array {
  return vector.byteLength === vector.buffer.byteLength ? vector : vector.slice()
}

function errorOf(failure: ComputeFailure): Error {
  return failure.name === 'RangeError' ? new RangeError(failure.message) : new ComputeError(failure)
}
