import type { Workspace } from '#learning/engines/engine.ts'
import { randomStream } from '#learning/random.ts'
import { type Augmentation, drawViews } from '#learning/training/augmentation.ts'
import type { Descent } from '#learning/training/descent.ts'
import { applyMomentum, clipToNorm } from '#learning/training/descent.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { Resumable, TrainerMemory } from './checkpoint.ts'
import type { Trainer } from './ports.ts'

export interface TrainerOptions {
  /** Shared by many peers: it holds nothing of this one between calls. */
  readonly workspace: Pick<Workspace, 'descend' | 'gradient' | 'evaluate'>
  /** The parameters to start from (d); kept and not mutated, so that peers may share them. */
  readonly initial: Float32Array
  /** All but the learning rate, which every step brings along. */
  readonly descent: Omit<Descent, 'learningRate'>
  /** local: m is kept here, across rounds, and aggregation does not touch it; aggregate: steps are plain SGD. */
  readonly momentumAt: 'local' | 'aggregate'
  /** Every batch that is trained on is looked at in views of its own stream (seed, 'augmentation', peer, batch). */
  readonly augmentation?: Augmentation & { readonly seed: number; readonly peer: PeerIndex }
  /** What evaluations measure of a model besides: the share of the probe's images that are taken for its target. */
  readonly probe?: (parameters: Float32Array) => Promise<number>
}

/** One peer's model: its parameters and momentum (d each), handed to a workspace for every call. */
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
  /** Before the first step all peers have the same zeros. */
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

/** A vector of zeros, the same one for all who start from the same parameters. */
function zerosLike(vector: Float32Array): Float32Array {
  const known = zeros.get(vector) ?? new Float32Array(vector.length)
  zeros.set(vector, known)
  return known
}
