import type { SharedMemory } from '#aggregation/kernels/memory.ts'
import type { configurePipeline } from '#aggregation/pipeline.ts'
import type { AggregationOutput } from '#aggregation/rule.ts'
import type { Dataset } from '#learning/datasets/dataset.ts'
import type { EngineName, EngineReport, PartScore, Workspace } from '#learning/engines/engine.ts'
import type { ProximalDescent } from '#learning/engines/proximal.ts'
import type { buildModel } from '#learning/models/registry.ts'
import type { AggregationRequest, DrawKey } from '../peer/ports.ts'

/** What a compute worker is told first: one model, one data set, one engine, and the run's rule. */
export interface ComputeConfig {
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

/** The input of a rule as it crosses the border. Without `draw`, a rule that draws random numbers is refused. */
export type RuleInput = Omit<AggregationRequest, 'draw'> & { readonly draw?: DrawKey }

/** What a compute worker can be asked for: the calls of its workspace as `Workspace` declares them, and the rule. */
export interface WorkerCalls extends Pick<Workspace, 'descend' | 'gradient' | 'evaluate' | 'probe'> {
  setup(setup: ComputeConfig): Promise<EngineReport>
  /** An engine that evaluates everything at once does so for the first part. */
  evaluatePart(
    parameters: Float32Array,
    part: number,
    parts: number,
  ): Promise<PartScore | { readonly whole?: { loss: number; accuracy: number } }>
  /** Trains on poisoned examples, near where it starts; returns fresh parameters (d) and the mean loss of the task. */
  poison(descent: ProximalDescent): Promise<{ parameters: Float32Array; loss: number }>
  /** Runs the rule as configured for a closed neighbourhood of that size; `input` may hold fewer vectors. */
  aggregate(input: RuleInput, neighbourhood: number): Promise<AggregationOutput>
}

export type ComputeVerb = keyof WorkerCalls
export type ResultOf<V extends ComputeVerb> = Awaited<ReturnType<WorkerCalls[V]>>
type AnyResult = ResultOf<ComputeVerb>

/**
 * One call, told apart by `verb`. Its vectors are copied on the way, or lie in memory that both sides share: either way
 * they stay the caller's.
 */
export type ComputeRequest = {
  [V in ComputeVerb]: {
    readonly id: number
    readonly verb: V
    readonly args: Parameters<WorkerCalls[V]>
    /** Shared vectors that take those of the result, in the order of `resultVectors`; the reply has empty ones then. */
    readonly into?: readonly Float32Array[]
  }
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
  | { readonly id: number; readonly outcome: 'done'; readonly result: AnyResult }
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
