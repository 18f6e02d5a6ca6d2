import type { Descent } from '../training/descent.ts'
import type { Poison } from '../training/poison.ts'
import type { Probe } from '../training/probe.ts'

/** The engines of `learning.engine`; `auto` picks the first that runs on this machine, `wasm-fast` never. */
export const engineNames = ['auto', 'tfjs-webgpu', 'tfjs-webgl', 'wasm', 'wasm-fast', 'tfjs-wasm', 'tfjs-cpu'] as const
export type EngineName = (typeof engineNames)[number]

/** What an engine turned out to be, for `environment.json` and the report. */
export interface EngineReport {
  readonly engine: Exclude<EngineName, 'auto'>
  /** Vendor and architecture of the WebGPU adapter, or the renderer of WebGL. */
  readonly adapter?: string
  readonly hardware: boolean
  /** Why an engine that comes earlier in the order was not used. */
  readonly fallback?: string
}

/** What some passes over the test set came to: the summed cross entropy of each, in their order. */
export interface PartScore {
  readonly losses: readonly number[]
  readonly correct: number
  readonly count: number
}

/** Mean cross entropy and accuracy (0 to 1) of the parts of an evaluation, in their order. */
export function scoreOf(parts: readonly PartScore[]): { loss: number; accuracy: number } {
  let [loss, correct, count] = [0, 0, 0]
  for (const part of parts) {
    for (const ofPass of part.losses) loss += ofPass
    correct += part.correct
    count += part.count
  }
  return { loss: loss / count, accuracy: correct / count }
}

/**
 * One compiled model over one resident data set. It holds no peer's state: parameters and momentum are passed
 * in and handed back, so that one workspace serves many peers. Calls are run one after the other.
 * A batch is a list of indices into the resident training set; with `flippedLabel` (`examples.ts`) set, of poisoned twins.
 * With `views` (`augmentation.ts`), one for each example, images are trained on as those show them.
 * `finite` is true where an engine has seen that all numbers of the parameters, or of the gradient, are finite.
 */
export interface Workspace {
  readonly report: EngineReport
  /** One step a batch. Returns fresh parameters and momentum (d each) and the mean loss before each step. */
  descend(
    parameters: Float32Array,
    momentum: Float32Array,
    batches: readonly Uint32Array[],
    descent: Descent,
    views?: readonly Uint32Array[],
  ): Promise<{ parameters: Float32Array; momentum: Float32Array; loss: number; finite?: boolean }>
  /** Mean gradient (d, fresh) of the cross entropy over one batch, poisoned where that is asked for. */
  gradient(
    parameters: Float32Array,
    batch: Uint32Array,
    views?: Uint32Array,
    poison?: Poison,
  ): Promise<{ gradient: Float32Array; loss: number; finite?: boolean }>
  /** Mean cross entropy and accuracy (0 to 1) over the test set, or over a batch of the training set. */
  evaluate(parameters: Float32Array, batch?: Uint32Array): Promise<{ loss: number; accuracy: number }>
  /**
   * A part of the evaluation over the test set, of several that workspaces of the same kind share: `scoreOf` makes of all
   * of them what `evaluate` gives, bit for bit. Left out where an engine evaluates everything at once.
   */
  evaluatePart?(parameters: Float32Array, part: number, parts: number): Promise<PartScore>
  /** Share (0 to 1) of the images of a probe that are taken for its target. */
  probe(parameters: Float32Array, probe: Probe): Promise<number>
  close(): Promise<void>
}
