import { workIn } from '#aggregation/kernels/kernels.ts'
import type { SharedMemory } from '#aggregation/kernels/memory.ts'
import { configureAround, configurePipeline, type PipelineConfig } from '#aggregation/pipeline.ts'
import type { AggregationInput, AggregationOutput } from '#aggregation/rule.ts'
import { isExternal } from '#aggregation/rules/external.ts'
import type { Dataset } from '#learning/datasets/dataset.ts'
import type { EngineName, EngineReport, PartScore, Workspace } from '#learning/engines/engine.ts'
import { type Engine, openWorkspace } from '#learning/engines/open-workspace.ts'
import { descendProximally, type ProximalDescent } from '#learning/engines/proximal.ts'
import { buildModel } from '#learning/models/registry.ts'
import { randomStream } from '#learning/random.ts'
import type { Descent } from '#learning/training/descent.ts'
import type { Probe } from '#learning/training/probe.ts'
import type { AggregationRequest, DrawKey } from '../peer/ports.ts'

/** What a compute worker is told first: one model, one data set, one engine, and the run's rule. */
export interface ComputeSetup {
  readonly model: Parameters<typeof buildModel>[0]
  /** Copied into the worker; images in a SharedArrayBuffer are shared. */
  readonly dataset: Dataset
  readonly engine: EngineName
  /** The rule and its pre-aggregators; left out where nobody aggregates. */
  readonly aggregation?: Parameters<typeof configurePipeline>[0]
  /** Base URL of the engine's own files, ending in a slash; only tabs need it. */
  readonly assets?: string
  /** Where shared vectors live, so that the rule reads them in place; the client adds it. */
  readonly memory?: SharedMemory
}

/** Every call of a compute worker: its arguments and its result. */
export interface ComputeCalls {
  setup: { arguments: { readonly setup: ComputeSetup }; result: EngineReport }
  descend: {
    arguments: {
      readonly parameters: Float32Array
      readonly momentum: Float32Array
      readonly batches: readonly Uint32Array[]
      readonly descent: Descent
      readonly views?: readonly Uint32Array[]
    }
    result: { parameters: Float32Array; momentum: Float32Array; loss: number; finite?: boolean }
  }
  gradient: {
    arguments: { readonly parameters: Float32Array; readonly batch: Uint32Array; readonly views?: Uint32Array }
    result: { gradient: Float32Array; loss: number; finite?: boolean }
  }
  evaluate: {
    arguments: { readonly parameters: Float32Array; readonly batch?: Uint32Array }
    result: { loss: number; accuracy: number }
  }
  evaluatePart: {
    arguments: { readonly parameters: Float32Array; readonly part: number; readonly parts: number }
    /** An engine that evaluates everything at once does so for the first part. */
    result: PartScore | { readonly whole?: { loss: number; accuracy: number } }
  }
  probe: {
    arguments: { readonly parameters: Float32Array; readonly probe: Probe }
    result: { share: number }
  }
  poison: {
    arguments: { readonly descent: ProximalDescent }
    result: { parameters: Float32Array; loss: number }
  }
  aggregate: {
    arguments: {
      /** Without `draw`, a rule that draws random numbers is refused. */
      readonly input: Omit<AggregationRequest, 'draw'> & { readonly draw?: DrawKey }
      /** Size of the closed neighbourhood, which decides f; `input` may hold fewer vectors. */
      readonly neighbourhood: number
    }
    result: AggregationOutput
  }
}

export type ComputeVerb = keyof ComputeCalls

/**
 * One call, told apart by `verb`. Its vectors are copied on the way, or lie in memory that both sides share: either way
 * they stay the caller's.
 */
export type ComputeRequest = {
  [V in ComputeVerb]: {
    readonly id: number
    readonly verb: V
    /** Shared vectors that take those of the result, in the order of `resultVectors`; the reply has empty ones then. */
    readonly into?: readonly Float32Array[]
  } & ComputeCalls[V]['arguments']
}[ComputeVerb]

/** Which vectors of length d each result has. */
export const resultVectors: Partial<Record<ComputeVerb, readonly string[]>> = {
  descend: ['parameters', 'momentum'],
  gradient: ['gradient'],
  poison: ['parameters'],
  aggregate: ['output'],
}

/** The answer to the request of the same id. Its vectors are fresh and handed over, not copied. */
export type ComputeReply =
  | { readonly id: number; readonly outcome: 'done'; readonly result: ComputeCalls[ComputeVerb]['result'] }
  | { readonly id: number; readonly outcome: 'failed'; readonly error: ComputeFailure }

/** An Error as it crosses the border of a worker. */
export interface ComputeFailure {
  readonly name: string
  readonly message: string
  readonly code?: string
}

/** The replies to the requests of one message, and the buffers that go over with them. */
export interface ComputeAnswer {
  readonly replies: readonly ComputeReply[]
  readonly transfer: readonly ArrayBuffer[]
}

/** A rule in the worker: at once, or later where another process runs it. */
interface RunningRule {
  aggregate(input: AggregationInput): AggregationOutput | Promise<AggregationOutput>
}

/** Starts a rule of the user's own for neighbourhoods of n vectors; only a Node worker can. */
export type OpenExternal = (
  config: Omit<PipelineConfig, 'before'>,
  n: number,
) => Promise<{ aggregate(input: AggregationInput): Promise<AggregationOutput> }>

/**
 * The dispatcher that compute workers of both shells run: requests in, answers out, one after the other in the
 * order of the calls. `open` opens an engine of this platform,
 * `openExternal` a rule of the user's own. A call that throws is answered with `failed`.
 */
export function createCompute(open: (setup: ComputeSetup) => Promise<Engine>, openExternal?: OpenExternal) {
  let ready: { readonly setup: ComputeSetup; readonly workspace: Workspace } | undefined
  const rules = new Map<number, RunningRule>()
  let last: Promise<unknown> = Promise.resolve()
  /** Where an engine or a rule that can puts the vectors of the call that runs. */
  let targets: Float32Array[] = []
  const allocate = (length: number): Float32Array =>
    (targets[0]?.length === length ? targets.shift() : undefined) ?? new Float32Array(length)

  async function runInPlace(request: ComputeRequest): Promise<ComputeCalls[ComputeVerb]['result']> {
    const { into, verb } = request
    if (!into) return run(request)
    targets = [...into]
    const result = await run(request).finally(() => {
      targets = []
    })
    return { ...result, ...moved(result, resultVectors[verb] ?? [], into) }
  }

  async function run(request: ComputeRequest): Promise<ComputeCalls[ComputeVerb]['result']> {
    if (request.verb === 'setup') {
      const { setup } = request
      const { dataset, memory } = setup
      if (memory) workIn(memory, allocate)
      const [height, width, channels] = dataset.train.shape
      const model = buildModel(setup.model, height * width * channels, dataset.classes)
      const workspace = await openWorkspace(await open(setup), { model, dataset, allocate })
      ready = { setup, workspace }
      rules.clear()
      return workspace.report
    }
    if (!ready) throw new RangeError(`a compute worker needs its setup before ${request.verb}`)
    const { setup, workspace } = ready
    switch (request.verb) {
      case 'descend':
        return workspace.descend(request.parameters, request.momentum, request.batches, request.descent, request.views)
      case 'gradient':
        return workspace.gradient(request.parameters, request.batch, request.views)
      case 'evaluate':
        return workspace.evaluate(request.parameters, request.batch)
      case 'evaluatePart': {
        const { parameters, part, parts } = request
        if (workspace.evaluatePart) return workspace.evaluatePart(parameters, part, parts)
        return part === 0 ? { whole: await workspace.evaluate(parameters) } : {}
      }
      case 'probe':
        return { share: await workspace.probe(request.parameters, request.probe) }
      case 'poison':
        return descendProximally(workspace, request.descent)
      case 'aggregate':
        return withOwnState(await (await ruleFor(setup, request.neighbourhood)).aggregate(withStream(request.input)))
    }
  }

  async function ruleFor({ aggregation }: ComputeSetup, neighbourhood: number): Promise<RunningRule> {
    if (!aggregation) throw new RangeError('this compute worker was set up without an aggregation rule')
    let rule = rules.get(neighbourhood)
    if (!rule) {
      rule = isExternal(aggregation.name)
        ? await external(aggregation, neighbourhood)
        : configurePipeline(aggregation, neighbourhood)
      rules.set(neighbourhood, rule)
    }
    return rule
  }

  async function external({ before = [], ...config }: PipelineConfig, n: number): Promise<RunningRule> {
    if (!openExternal) throw new RangeError('a rule of your own runs in simulation and processes only')
    const rule = await openExternal(config, n)
    return { aggregate: configureAround(before, n, (input) => rule.aggregate(input)) }
  }

  return {
    handle(requests: readonly ComputeRequest[]): Promise<ComputeAnswer> {
      const answer = last.then(() => answerAll(requests))
      last = answer
      return answer
    },
  }

  async function answerAll(requests: readonly ComputeRequest[]): Promise<ComputeAnswer> {
    const replies: ComputeReply[] = []
    const transfer: ArrayBuffer[] = []
    for (const request of requests) {
      const { id } = request
      try {
        const result = await runInPlace(request)
        replies.push({ id, outcome: 'done', result })
        transfer.push(...buffersOf(result))
      } catch (error) {
        replies.push({ id, outcome: 'failed', error: failureOf(error) })
      }
    }
    return { replies, transfer }
  }
}

/** The input of a rule with the stream that its key names. */
export function withStream({ draw, ...input }: ComputeCalls['aggregate']['arguments']['input']): AggregationInput {
  return draw ? { ...input, random: randomStream(draw.seed, 'aggregation', draw.peer, draw.round) } : input
}

/** A result whose state lies in no memory that others share: it may be an output, whose place is given up before it. */
function withOwnState(result: AggregationOutput): AggregationOutput {
  const { state } = result
  return state && !(state.buffer instanceof ArrayBuffer) ? { ...result, state: state.slice() } : result
}

/** Puts the vectors of a result where they belong, unless they are there; leaves empty ones. */
function moved(result: object, names: readonly string[], into: readonly Float32Array[]): object {
  return Object.fromEntries(
    names.map((name, i) => {
      const vector = result[name as keyof typeof result] as Float32Array
      if (vector !== into[i]) into[i]?.set(vector)
      return [name, new Float32Array()]
    }),
  )
}

/** Buffers of the vectors in a result, each once; only those that a vector fills, since others may be shared. */
function buffersOf(result: object): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>()
  for (const value of Object.values(result)) {
    if (!(value instanceof Float32Array) || value.byteLength !== value.buffer.byteLength) continue
    if (value.buffer instanceof ArrayBuffer) buffers.add(value.buffer)
  }
  return [...buffers]
}

function failureOf(error: unknown): ComputeFailure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const { name, message } = error
  return 'code' in error && typeof error.code === 'string' ? { name, message, code: error.code } : { name, message }
}
