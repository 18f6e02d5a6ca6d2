import type { Descent } from '../training/descent.ts'
import type { Poison } from '../training/poison.ts'
import type { Probe } from '../training/probe.ts'

/** The engines of `learning.engine`. `auto` takes the first that works on this machine, but never `wasm-fast`. */
export const engineNames = ['auto', 'tfjs-webgpu', 'tfjs-webgl', 'wasm', 'wasm-fast', 'tfjs-wasm', 'tfjs-cpu'] as const
export type EngineName = (typeof engineNames)[number]

/** The engine in use, for `environment.json` and the report. */
export interface EngineReport {
  readonly engine: Exclude<EngineName, 'auto'>
  /** Vendor and architecture of the WebGPU adapter, or the renderer of WebGL. */
  readonly adapter?: string
  readonly hardware: boolean
  /** The register tile of the wasm engine's products, rows x columns. It changes the speed, and no bit. */
  readonly tile?: '4 x 8' | '4 x 16'
  /** Why the engines earlier in the order were not used. */
  readonly fallback?: string
}

/** The engine in words, at most 256 characters: `wasm, tiles of 4 x 16`. */
export function describeEngine({ engine, adapter, hardware, tile, fallback }: EngineReport): string {
  const where = adapter ? ` (${adapter}${hardware ? '' : ', software'})` : ''
  return `${engine}${where}${tile ? `, tiles of ${tile}` : ''}${fallback ? `; ${fallback}` : ''}`.slice(0, 256)
}

/** The score of some passes over the test set: the summed cross entropy of each pass, in order, and the counts. */
export interface PartScore {
  readonly losses: readonly number[]
  readonly correct: number
  readonly count: number
}

/** Mean cross entropy and accuracy (0 to 1) of all parts of an evaluation, which must come in order. */
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
 * One compiled model over one data set in memory. It holds no state of a peer: each call takes parameters and momentum
 * and returns new ones, so one workspace serves many peers. Calls run one after the other.
 *
 * A batch is a list of indices into the training set. An index with the flag `flippedLabel` (`examples.ts`) means the
 * same image with a flipped label. `views` (`augmentation.ts`), one for each example, are random views of the images.
 * `finite` is true if the engine checked that all parameters, or all numbers of the gradient, are finite.
 */
export interface Workspace {
  readonly report: EngineReport
  /**
   * One step for each batch. Returns fresh parameters and momentum (d each), and the mean of the losses before the
   * steps.
   */
  descend(
    parameters: Float32Array,
    momentum: Float32Array,
    batches: readonly Uint32Array[],
    descent: Descent,
    views?: readonly Uint32Array[],
  ): Promise<{ parameters: Float32Array; momentum: Float32Array; loss: number; finite?: boolean }>
  /** Mean gradient (d, fresh) of the cross entropy over one batch, which `poison` poisons. */
  gradient(
    parameters: Float32Array,
    batch: Uint32Array,
    views?: Uint32Array,
    poison?: Poison,
  ): Promise<{ gradient: Float32Array; loss: number; finite?: boolean }>
  /** Mean cross entropy and accuracy (0 to 1) over the test set, or over a batch of the training set. */
  evaluate(parameters: Float32Array, batch?: Uint32Array): Promise<{ loss: number; accuracy: number }>
  /**
   * One of several parts of the evaluation over the test set, which workspaces of the same kind may share. `scoreOf`
   * all parts equals `evaluate`, bit for bit. Absent if the engine can only evaluate the whole test set.
   */
  evaluatePart?(parameters: Float32Array, part: number, parts: number): Promise<PartScore>
  /** Share (0 to 1) of the probe's images that the model takes for the target. */
  probe(parameters: Float32Array, probe: Probe): Promise<number>
  close(): Promise<void>
}
