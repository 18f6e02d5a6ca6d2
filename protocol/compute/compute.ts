import { workIn } from '#aggregation/kernels/kernels.ts'
import {
  configureAround,
  configurePipeline,
  configurePreAggregation,
  type PipelineConfig,
} from '#aggregation/pipeline.ts'
import type { AggregationInput, AggregationOutput } from '#aggregation/rule.ts'
import { isExternal } from '#aggregation/rules/external.ts'
import type { Workspace } from '#learning/engines/engine.ts'
import { type Engine, openWorkspace } from '#learning/engines/open-workspace.ts'
import { descendProximally } from '#learning/engines/proximal.ts'
import { buildModel } from '#learning/models/registry.ts'
import { randomStream } from '#learning/random.ts'
import {
  type ComputeAnswer,
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

/** A rule in the worker. It answers later if another process runs it. */
interface RunningRule {
  aggregate(input: AggregationInput): AggregationOutput | Promise<AggregationOutput>
}

/** Starts an external rule for neighbourhoods of n vectors; only a Node worker can. */
export type OpenExternal = (
  config: Omit<PipelineConfig, 'before'>,
  n: number,
) => Promise<{ aggregate(input: AggregationInput): Promise<AggregationOutput> }>

/**
 * The dispatcher of compute workers, for Node and tabs. It answers requests one after the other, in their order. `open`
 * opens an engine of this platform, `openExternal` an external rule. It answers a call that throws with `failed`.
 */
export function createCompute(open: (setup: ComputeConfig) => Promise<Engine>, openExternal?: OpenExternal) {
  let ready: { readonly setup: ComputeConfig; readonly workspace: Workspace } | undefined
  const rules = new Map<number, RunningRule>()
  let last: Promise<unknown> = Promise.resolve()
  /** Shared vectors for the result of the current call. An engine or a rule may allocate its result from them. */
  let targets: Float32Array[] = []
  const allocate = (length: number): Float32Array =>
    (targets[0]?.length === length ? targets.shift() : undefined) ?? new Float32Array(length)

  const calls: WorkerCalls = {
    async setup(setup) {
      const { dataset, memory } = setup
      if (memory) workIn(memory, allocate)
      const [height, width, channels] = dataset.train.shape
      const model = buildModel(setup.model, height * width * channels, dataset.classes)
      const workspace = await openWorkspace(await open(setup), { model, dataset, allocate })
      ready = { setup, workspace }
      rules.clear()
      return workspace.report
    },
    descend: (...args) => workspaceFor('descend').descend(...args),
    gradient: (...args) => workspaceFor('gradient').gradient(...args),
    evaluate: (...args) => workspaceFor('evaluate').evaluate(...args),
    async evaluatePart(parameters, part, parts) {
      const workspace = workspaceFor('evaluatePart')
      if (workspace.evaluatePart) return workspace.evaluatePart(parameters, part, parts)
      return part === 0 ? { whole: await workspace.evaluate(parameters) } : {}
    },
    probe: (...args) => workspaceFor('probe').probe(...args),
    poison: (descent) => descendProximally(workspaceFor('poison'), descent),
    async aggregate(input, neighbourhood) {
      return withOwnState(await (await ruleFor(neighbourhood)).aggregate(withStream(input)))
    },
  }

  function setUp(verb: ComputeVerb) {
    if (!ready) throw new RangeError(`a compute worker needs its setup before ${verb}`)
    return ready
  }

  function workspaceFor(verb: ComputeVerb): Workspace {
    return setUp(verb).workspace
  }

  async function run({ verb, args, into }: ComputeRequest): Promise<ResultOf<ComputeVerb>> {
    // The type of a request guarantees that the arguments fit the verb.
    const call = calls[verb] as (...args: readonly unknown[]) => Promise<ResultOf<ComputeVerb>>
    if (!into) return call(...args)
    targets = [...into]
    const result = await call(...args).finally(() => {
      targets = []
    })
    return moved(result, resultVectors[verb] ?? [], into)
  }

  async function ruleFor(neighbourhood: number): Promise<RunningRule> {
    const { aggregation } = setUp('aggregate').setup
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
    // The rule receives the output of its pre-aggregators, which may be fewer vectors.
    const rule = await openExternal(config, configurePreAggregation(before, n).outputs(n))
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
        const result = await run(request)
        replies.push({ id, outcome: 'done', result })
        transfer.push(...buffersOf(result))
      } catch (error) {
        replies.push({ id, outcome: 'failed', error: failureOf(error) })
      }
    }
    return { replies, transfer }
  }
}

/** The input of a rule, with the random stream that `draw` names. */
export function withStream({ draw, ...input }: RuleInput): AggregationInput {
  return draw ? { ...input, random: randomStream(draw.seed, 'aggregation', draw.peer, draw.round) } : input
}

/**
 * Copies a state in shared memory: the state may be an output vector, and that memory may be reused before the state.
 */
function withOwnState(result: AggregationOutput): AggregationOutput {
  const { state } = result
  return state && !(state.buffer instanceof ArrayBuffer) ? { ...result, state: state.slice() } : result
}

/** Puts the vectors of a result into `into`, unless they are there already. Returns the result with empty vectors. */
function moved(
  result: ResultOf<ComputeVerb>,
  names: readonly string[],
  into: readonly Float32Array[],
): ResultOf<ComputeVerb> {
  const vectors = result as unknown as Readonly<Record<string, Float32Array>>
  const emptied = names.map((name, i) => {
    const vector = vectors[name] as Float32Array
    if (vector !== into[i]) into[i]?.set(vector)
    return [name, new Float32Array()]
  })
  return { ...(result as object), ...Object.fromEntries(emptied) } as ResultOf<ComputeVerb>
}

/** The distinct buffers of a result's vectors. Leaves out buffers larger than their vector: others may use them. */
function buffersOf(result: ResultOf<ComputeVerb>): ArrayBuffer[] {
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
