import type { SharedMemory } from '#aggregation/kernels/memory.ts'
import type { AggregationOutput } from '#aggregation/rule.ts'
import { scoreOf, type Workspace } from '#learning/engines/engine.ts'
import { noteFinite } from '../peer/finite.ts'
import {
  type ComputeConfig,
  type ComputeFailure,
  type ComputeReply,
  type ComputeRequest,
  type ComputeVerb,
  type ResultOf,
  type RuleInput,
  resultVectors,
  type WorkerCalls,
} from './calls.ts'

/** A worker as its shell hands it over. */
export interface ComputePort {
  /** Copies requests into the worker in one message; it answers them together, when it has computed the last of them. */
  post(requests: readonly ComputeRequest[]): void
  /** Called once. `crashed` ends the port, `closed` included if nobody asked for it. */
  listen(events: { reply(replies: readonly ComputeReply[]): void; crashed(reason: Error): void }): void
  terminate(): Promise<void>
}

/** Memory that the caller and its workers share. */
export interface SharedVectors {
  /** Where they live, as far as it reaches, for workers whose kernels can work in it. */
  readonly memory?: SharedMemory
  /** A vector of that length, whatever is in it, that the workers read and write in place; a view of shared memory. */
  allocate(length: number): Float32Array
}

/** A workspace that one or more compute workers serve, and the rule beside it. */
export interface Compute extends Workspace, Pick<WorkerCalls, 'poison'> {
  /** `evaluate` over the test set, in parts by all workers where one has nothing to do; the same bits. */
  evaluateTogether(parameters: Float32Array): Promise<{ loss: number; accuracy: number }>
  /** Runs the rule as configured for a closed neighbourhood of that size; by default the number of vectors. */
  aggregate(input: RuleInput, neighbourhood?: number): Promise<AggregationOutput>
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
  resolve(result: ResultOf<ComputeVerb>): void
  reject(reason: Error): void
}

/** Messages that a worker has at a time: while it computes one, the next one is on its way. */
const depth = 2
/** Calls in a message at most. Waking a worker costs more than a small call, but a long message keeps results waiting. */
const maxTogether = 16

/**
 * Sets every worker up and hands calls to the one with the fewest messages, in the order of the calls. Of calls that have
 * to wait a message takes several, fewer the fewer are left, so that the workers end together (guided self-scheduling,
 * Polychronopoulos and Kuck 1987). Since workers hold no peer's state, which of them computes what changes no result. With `shared` memory vectors are handed over in place:
 * those that do not lie there are copied into it once, and the momentum of a descent is changed where it lies. When a
 * worker crashes, every call in flight or waiting is rejected with ComputeCrashedError, later ones too, and the others
 * are ended. Rejects, with all workers ended, where one cannot be set up.
 */
export async function createComputeClient(
  ports: readonly ComputePort[],
  setup: ComputeConfig,
  shared?: SharedVectors,
): Promise<Compute> {
  const waiting: Call[] = []
  const inFlight = new Map<number, Call>()
  const loads = new Map<ComputePort, number>()
  const lent = new WeakMap<Float32Array, Float32Array>()
  let ended: Error | undefined
  let nextId = 0

  function end(reason: Error): Promise<unknown> {
    ended ??= reason
    const calls = [...inFlight.values(), ...waiting.splice(0)]
    inFlight.clear()
    for (const call of calls) call.reject(ended)
    return Promise.all(ports.map((port) => port.terminate()))
  }

  function dispatch(port: ComputePort, calls: readonly Call[]): void {
    for (const call of calls) inFlight.set(call.request.id, call)
    loads.set(port, (loads.get(port) ?? 0) + 1)
    try {
      port.post(calls.map(({ request }) => request))
    } catch (error) {
      // What cannot be cloned never reached the worker, nor did what would have travelled with it.
      loads.set(port, (loads.get(port) ?? 0) - 1)
      for (const call of calls) inFlight.delete(call.request.id)
      if (calls.length > 1) for (const call of calls) dispatch(port, [call])
      else calls[0]?.reject(error as Error)
    }
  }

  /** A message was answered: the worker takes more of what waits. */
  function release(port: ComputePort): void {
    loads.set(port, (loads.get(port) ?? 0) - 1)
    while (waiting.length > 0 && (loads.get(port) ?? 0) < depth) {
      const share = Math.ceil(waiting.length / (depth * ports.length))
      dispatch(port, waiting.splice(0, Math.min(maxTogether, share)))
    }
  }

  /** The worker with the fewest calls, if one more is not too many for it. */
  function idlest(): ComputePort | undefined {
    let best: ComputePort | undefined
    let least = depth
    for (const [port, load] of loads) {
      if (load >= least) continue
      best = port
      least = load
    }
    return best
  }

  const someIdle = (): boolean => [...loads.values()].includes(0)

  /** An evaluation by all workers, in twice as many parts, so that one that is late takes fewer. */
  async function inParts(parameters: Float32Array) {
    const parts = depth * ports.length
    const results = await Promise.all(
      Array.from({ length: parts }, (_, part) => call('evaluatePart', [parameters, part, parts])),
    )
    const whole = results.flatMap((result) => ('whole' in result ? (result.whole ?? []) : []))[0]
    return whole ?? scoreOf(results.flatMap((result) => ('losses' in result ? result : [])))
  }

  /** Without a port, the first worker that has time takes it. */
  function call<V extends ComputeVerb>(
    verb: V,
    args: Parameters<WorkerCalls[V]>,
    into?: readonly Float32Array[],
    port: ComputePort | undefined = idlest(),
  ): Promise<ResultOf<V>> {
    return new Promise((resolve, reject) => {
      if (ended) {
        reject(ended)
        return
      }
      const request = { id: nextId++, verb, args, ...(into ? { into } : {}) } as unknown as ComputeRequest
      const entry: Call = { request, resolve: resolve as Call['resolve'], reject }
      if (port) dispatch(port, [entry])
      else waiting.push(entry)
    })
  }

  /** A vector as it goes to a worker: in place where memory is shared, else to be copied on the way. */
  function lend(vector: Float32Array): Float32Array {
    if (!shared) return own(vector)
    if (vector.buffer instanceof SharedArrayBuffer) return vector
    const before = lent.get(vector)
    if (before) return before
    const copy = shared.allocate(vector.length)
    copy.set(vector)
    lent.set(vector, copy)
    return copy
  }

  /** A vector that the call may change: in place, or a copy. */
  function handOver(vector: Float32Array): Float32Array {
    if (!shared) return own(vector)
    if (vector.buffer instanceof SharedArrayBuffer) return vector
    const copy = shared.allocate(vector.length)
    copy.set(vector)
    return copy
  }

  /** Room for the vectors of a result, where memory is shared. */
  const room = (length: number): readonly Float32Array[] | undefined => shared && [shared.allocate(length)]

  for (const port of ports) {
    loads.set(port, 0)
    port.listen({
      reply(replies) {
        if (ended) return
        for (const reply of replies) {
          const settled = inFlight.get(reply.id)
          if (!settled) continue
          inFlight.delete(reply.id)
          if (reply.outcome === 'done') settled.resolve(placed(reply.result, settled.request))
          else settled.reject(errorOf(reply.error))
        }
        release(port)
      },
      crashed(cause) {
        if (ended) return
        end(new ComputeCrashedError(`a compute worker ended: ${cause.message}`, { cause })).catch(() => {})
      },
    })
  }

  try {
    const given = shared?.memory ? { ...setup, memory: shared.memory } : setup
    const reports = await Promise.all(ports.map((port) => call('setup', [given], undefined, port)))
    const report = reports[0]
    if (!report) throw new RangeError('a compute pool needs at least one worker')
    return {
      report,
      descend(parameters, momentum, ...rest) {
        const velocity = handOver(momentum)
        const into = shared && [shared.allocate(parameters.length), velocity]
        return call('descend', [lend(parameters), velocity, ...rest], into)
      },
      gradient: (parameters, ...rest) => call('gradient', [lend(parameters), ...rest], room(parameters.length)),
      evaluate: (parameters, ...rest) => call('evaluate', [lend(parameters), ...rest]),
      evaluateTogether(parameters) {
        const lent = lend(parameters)
        return ports.length > 1 && waiting.length === 0 && someIdle() ? inParts(lent) : call('evaluate', [lent])
      },
      probe: (parameters, probe) => call('probe', [lend(parameters), probe]),
      poison: (descent) =>
        call(
          'poison',
          [{ ...descent, start: lend(descent.start), weights: lend(descent.weights) }],
          room(descent.start.length),
        ),
      aggregate: (input, neighbourhood = input.vectors.length) =>
        call(
          'aggregate',
          [{ ...input, vectors: input.vectors.map(lend) }, neighbourhood],
          room(input.vectors[0]?.length ?? 0),
        ),
      async close() {
        await end(new ComputeCrashedError('the compute workers were closed'))
      },
    }
  } catch (error) {
    await end(error as Error)
    throw error
  }
}

/** A result with its vectors, where they were put into shared memory. */
function placed(result: ResultOf<ComputeVerb>, { verb, into }: ComputeRequest): ResultOf<ComputeVerb> {
  if (!into) return result
  const answer = result as { readonly finite?: boolean }
  const [first] = into
  if (first && answer.finite) noteFinite(first)
  const vectors = (resultVectors[verb] ?? []).map((name, i) => [name, into[i]])
  return { ...answer, ...Object.fromEntries(vectors) } as ResultOf<ComputeVerb>
}

/** The vector itself, or a copy where it is a view: cloning a view clones all of the buffer behind it. */
function own(vector: Float32Array): Float32Array {
  return vector.byteLength === vector.buffer.byteLength ? vector : vector.slice()
}

function errorOf(failure: ComputeFailure): Error {
  return failure.name === 'RangeError' ? new RangeError(failure.message) : new ComputeError(failure)
}
