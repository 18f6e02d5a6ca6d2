import type { SharedMemory } from '#aggregation/kernels/memory.ts'
import type { configurePipeline } from '#aggregation/pipeline.ts'
import type { AggregationOutput } from '#aggregation/rule.ts'
import type { Dataset } from '#learning/datasets/dataset.ts'
import type { EngineName, EngineReport, PartScore, Workspace } from '#learning/engines/engine.ts'
import type { ProximalDescent } from '#learning/engines/proximal.ts'
import type { buildModel } from '#learning/models/registry.ts'
import type { AggregationRequest, DrawKey } from '../peer/ports.ts'

/** The configuration of a compute worker: one model, one data set, one engine and the run's rule. */
export interface ComputeConfig {
  readonly model: Parameters<typeof buildModel>[0]
  /** Copied into the worker, except images in a SharedArrayBuffer. */
  readonly dataset: Dataset
  readonly engine: EngineName
  /** The rule and its pre-aggregators; left out if the worker does not aggregate. */
  readonly aggregation?: Parameters<typeof configurePipeline>[0]
  /** Base URL of the engine's files, with a slash at the end; only tabs need it. */
  readonly assets?: string
  /** The memory of shared vectors, which the rule reads in place. The client adds it. */
  readonly memory?: SharedMemory
}

/** The input of a rule, in the form that a worker receives. Without `draw`, a rule that draws random numbers throws. */
export type RuleInput = Omit<AggregationRequest, 'draw'> & { readonly draw?: DrawKey }

/** The calls of a compute worker: those of its workspace, as `Workspace` declares them, and the rule. */
export interface WorkerCalls extends Pick<Workspace, 'descend' | 'gradient' | 'evaluate' | 'probe'> {
  setup(setup: ComputeConfig): Promise<EngineReport>
  /** Evaluates one part of the test set. An engine without parts evaluates all of it for part 0, and nothing else. */
  evaluatePart(
    parameters: Float32Array,
    part: number,
    parts: number,
  ): Promise<PartScore | { readonly whole?: { loss: number; accuracy: number } }>
  /** Trains on poisoned examples, close to the start. Returns new parameters (d) and the mean loss of the task. */
  poison(descent: ProximalDescent): Promise<{ parameters: Float32Array; loss: number }>
  /** Runs the rule, configured for a closed neighbourhood of that size. `input` may hold fewer vectors. */
  aggregate(input: RuleInput, neighbourhood: number): Promise<AggregationOutput>
}

export type ComputeVerb = keyof WorkerCalls
export type ResultOf<V extends ComputeVerb> = Awaited<ReturnType<WorkerCalls[V]>>
type AnyResult = ResultOf<ComputeVerb>

/**
 * One call, discriminated by `verb`. Its vectors are copied on the way or lie in shared memory. In both cases the
 * caller keeps them.
 */
export type ComputeRequest = {
  [V in ComputeVerb]: {
    readonly id: number
    readonly verb: V
    readonly args: Parameters<WorkerCalls[V]>
    /** Shared vectors for the result, in the order of `resultVectors`. The reply then has empty vectors. */
    readonly into?: readonly Float32Array[]
  }
}[ComputeVerb]

/** The names of the vectors (d) in each result. */
export const resultVectors: Partial<Record<ComputeVerb, readonly string[]>> = {
  descend: ['parameters', 'momentum'],
  gradient: ['gradient'],
  poison: ['parameters'],
  aggregate: ['output'],
}

/** The answer to the request with the same id. Its vectors are new and transferred, not copied. */
export type ComputeReply =
  | { readonly id: number; readonly outcome: 'done'; readonly result: AnyResult }
  | { readonly id: number; readonly outcome: 'failed'; readonly error: ComputeFailure }

/** An Error in the form that a worker sends. */
export interface ComputeFailure {
  readonly name: string
  readonly message: string
  readonly code?: string
}

/** The replies to the requests of one message, and the buffers to transfer with them. */
export interface ComputeAnswer {
  readonly replies: readonly ComputeReply[]
  readonly transfer: readonly ArrayBuffer[]
}
