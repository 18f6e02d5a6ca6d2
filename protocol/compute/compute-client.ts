import { OwnCodeError, ownCodeFailed } from '#aggregation/contract.ts'
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

/** A worker, in the form that its shell provides. */
export interface ComputePort {
  /** Copies requests into the worker in one message. It answers all of them together, after the last. */
  post(requests: readonly ComputeRequest[]): void
  /** Called once. `crashed` ends the port; an unexpected exit of the worker counts as a crash. */
  listen(events: { reply(replies: readonly ComputeReply[]): void; crashed(reason: Error): void }): void
  terminate(): Promise<void>
}

/** Memory that the caller and its workers share. */
export interface SharedVectors {
  /** The memory of the vectors, for workers with kernels that can work in it. Further vectors may lie outside. */
  readonly memory?: SharedMemory
  /** A vector of that length with arbitrary content: a view of shared memory, which workers read and write in place. */
  allocate(length: number): Float32Array
}

/** A workspace and a rule, served by one or more compute workers. */
export interface Compute extends Workspace, Pick<WorkerCalls, 'poison'> {
  /** `evaluate` over the test set with the same bits, split among all workers if one of them is idle. */
  evaluateTogether(parameters: Float32Array): Promise<{ loss: number; accuracy: number }>
  /** Runs the rule, configured for a closed neighbourhood of that size; by default the number of vectors. */
  aggregate(input: RuleInput, neighbourhood?: number): Promise<AggregationOutput>
}

/** A worker ended before it answered; `cause` holds the reason. */
export class ComputeCrashedError extends Error {
  readonly code = 'compute-crashed'
  override readonly name = 'ComputeCrashedError'
}

/** A call failed inside the worker; `code` comes from the worker. */
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

/** Maximum number of messages at a worker: while it computes one, the next one is on its way. */
const depth = 2
/**
 * Maximum number of calls in a message. Waking a worker costs more than a small call; a long message delays results.
 */
const maxTogether = 16

/**
 * Sets up every worker and hands calls, in their order, to the worker with the fewest messages. A message takes several
 * waiting calls. The fewer calls are left, the fewer a message takes, so that the workers end together (guided
 * self-scheduling, Polychronopoulos and Kuck 1987). Workers hold no state of a peer, so the choice of the worker
 * changes no result.
 *
 * With `shared` memory, workers get vectors in place: a vector from elsewhere is copied into it once, and a descent
 * changes its momentum in place. If a worker crashes, the other workers end, and all pending and later calls reject
 * with ComputeCrashedError. If the user's rule is the cause, they reject with OwnCodeError. If a worker cannot be set
 * up, this ends all workers and rejects.
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
      // A request that cannot be cloned fails its whole message before the worker gets it.
      loads.set(port, (loads.get(port) ?? 0) - 1)
      for (const call of calls) inFlight.delete(call.request.id)
      if (calls.length > 1) for (const call of calls) dispatch(port, [call])
      else calls[0]?.reject(error as Error)
    }
  }

  /** Notes that a message was answered, and gives the worker waiting calls. */
  function release(port: ComputePort): void {
    loads.set(port, (loads.get(port) ?? 0) - 1)
    while (waiting.length > 0 && (loads.get(port) ?? 0) < depth) {
      const share = Math.ceil(waiting.length / (depth * ports.length))
      dispatch(port, waiting.splice(0, Math.min(maxTogether, share)))
    }
  }

  /** The worker with the fewest messages; undefined if every worker has the maximum. */
  function idlest(): ComputePort | undefined {
    let best: ComputePort | undefined
    let min = depth
    for (const [port, load] of loads) {
      if (load >= min) continue
      best = port
      min = load
    }
    return best
  }

  const someIdle = (): boolean => [...loads.values()].includes(0)

  /** Evaluates with all workers, in twice as many parts, so that a slow worker takes fewer. */
  async function inParts(parameters: Float32Array) {
    const parts = depth * ports.length
    const results = await Promise.all(
      Array.from({ length: parts }, (_, part) => call('evaluatePart', [parameters, part, parts])),
    )
    const whole = results.flatMap((result) => ('whole' in result ? (result.whole ?? []) : []))[0]
    return whole ?? scoreOf(results.flatMap((result) => ('losses' in result ? result : [])))
  }

  /** Without `port`, the worker with the fewest messages takes the call; if all are busy, the call waits. */
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

  /** The vector to send to a worker: in shared memory if there is any, else a vector that the message copies. */
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

  /** The vector to send if the call may change it: in place, or a copy. */
  function handOver(vector: Float32Array): Float32Array {
    if (!shared) return own(vector)
    if (vector.buffer instanceof SharedArrayBuffer) return vector
    const copy = shared.allocate(vector.length)
    copy.set(vector)
    return copy
  }

  /** Shared vectors for a result; undefined without shared memory. */
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
        const own = cause instanceof OwnCodeError
        const reason = own ? cause : new ComputeCrashedError(`a compute worker ended: ${cause.message}`, { cause })
        end(reason).catch(() => {})
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

/** A result, with its vectors if they are in shared memory. */
function placed(result: ResultOf<ComputeVerb>, { verb, into }: ComputeRequest): ResultOf<ComputeVerb> {
  if (!into) return result
  const answer = result as { readonly finite?: boolean }
  const [first] = into
  if (first && answer.finite) noteFinite(first)
  const vectors = (resultVectors[verb] ?? []).map((name, i) => [name, into[i]])
  return { ...answer, ...Object.fromEntries(vectors) } as ResultOf<ComputeVerb>
}

/** The vector itself, or a copy if it is a view: cloning a view clones its whole buffer. */
function own(vector: Float32Array): Float32Array {
  return vector.byteLength === vector.buffer.byteLength ? vector : vector.slice()
}

function errorOf(failure: ComputeFailure): Error {
  if (failure.code === ownCodeFailed) return new OwnCodeError(failure.message)
  return failure.name === 'RangeError' ? new RangeError(failure.message) : new ComputeError(failure)
}
