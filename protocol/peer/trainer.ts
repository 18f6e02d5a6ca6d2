import type { Workspace } from '#learning/engines/engine.ts'
import { randomStream } from '#learning/random.ts'
import { type Augmentation, drawViews } from '#learning/training/augmentation.ts'
import type { Descent } from '#learning/training/descent.ts'
import { applyMomentum, clipToNorm } from '#learning/training/descent.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { Resumable, TrainerMemory } from './checkpoint.ts'
import type { Trainer } from './ports.ts'

export interface TrainerOptions {
  /** May serve many peers: it holds no state of this one between calls. */
  readonly workspace: Pick<Workspace, 'descend' | 'gradient' | 'evaluate'>
  /** The initial parameters (d); kept and not mutated, so peers may share them. */
  readonly initial: Float32Array
  /** The learning rate comes with each step. */
  readonly descent: Omit<Descent, 'learningRate'>
  /** local: keeps m across rounds, independent of aggregation; aggregate: steps are plain SGD. */
  readonly momentumAt: 'local' | 'aggregate'
  /** Draws the views of each training batch from its own random stream (seed, 'augmentation', peer, batch). */
  readonly augmentation?: Augmentation & { readonly seed: number; readonly peer: PeerIndex }
  /** Measures a model (d) at evaluations: the share of the probe's images that it takes for the target. */
  readonly probe?: (parameters: Float32Array) => Promise<number>
}

/** One peer's parameters and momentum (d each); each call passes them to a workspace. */
export function createTrainer({
  workspace,
  initial,
  descent,
  momentumAt,
  augmentation,
  probe,
}: TrainerOptions): Trainer & Resumable<TrainerMemory> {
  const local = momentumAt === 'local'
  const stepped = local ? descent : { ...descent, beta: 0, dampening: 0 }
  let parameters: Float32Array = initial
  /** Undefined before the first step, for zeros. */
  let momentum: Float32Array | undefined
  let drawn = 0
  const viewsOf = (batch: Uint32Array): Uint32Array | undefined =>
    augmentation &&
    drawViews(augmentation, randomStream(augmentation.seed, 'augmentation', augmentation.peer, drawn++), batch.length)
  return {
    load(values) {
      if (values.length !== parameters.length) {
        throw new RangeError(`the model has ${parameters.length} parameters, got ${values.length}`)
      }
      parameters = values
    },
    read: () => parameters,
    async step(batches, learningRate) {
      const views = augmentation && batches.map((batch) => viewsOf(batch) as Uint32Array)
      const result = await workspace.descend(
        parameters,
        momentum ?? zerosLike(initial),
        batches,
        { ...stepped, learningRate },
        views,
      )
      parameters = result.parameters
      momentum = result.momentum
      return { loss: result.loss, parameters: result.parameters }
    },
    async gradient(batch) {
      const { gradient, loss } = await workspace.gradient(parameters, batch, viewsOf(batch))
      if (descent.gradientClip !== undefined) clipToNorm(gradient, descent.gradientClip)
      if (!local) return { gradient, loss }
      momentum ??= new Float32Array(initial.length)
      applyMomentum(momentum, gradient, descent)
      return { gradient: momentum.slice(), loss }
    },
    losses: (models, batch) => Promise.all(models.map(async (model) => (await workspace.evaluate(model, batch)).loss)),
    async evaluate(model = parameters) {
      if (!probe) return workspace.evaluate(model)
      const [measured, probed] = await Promise.all([workspace.evaluate(model), probe(model)])
      return { ...measured, probed }
    },
    snapshot: () => ({ parameters, momentum: (momentum ?? zerosLike(initial)).slice(), drawn }),
    restore(memory) {
      parameters = memory.parameters
      momentum = memory.momentum.slice()
      drawn = memory.drawn
    },
  }
}

const zeros = new WeakMap<Float32Array, Float32Array>()

/** A vector of zeros (d), shared by all trainers with the same initial parameters. */
function zerosLike(vector: Float32Array): Float32Array {
  const known = zeros.get(vector) ?? new Float32Array(vector.length)
  zeros.set(vector, known)
  return known
}
