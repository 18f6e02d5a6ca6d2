import type { Poison } from '../training/poison.ts'
import type { Workspace } from './engine.ts'

/** Training on poisoned examples that stays close to its start; plain data, which can go to a worker. */
export interface ProximalDescent {
  /** The parameters at the start, from which the distance is measured (d); not mutated. */
  readonly start: Float32Array
  readonly batches: readonly Uint32Array[]
  readonly poison: Poison
  /** Share of the task in the loss, above 0 and at most 1; the distance has the rest. */
  readonly alpha: number
  /** The distance is the sum over k of weights[k] (v_k - start_k)^2 (d). */
  readonly weights: Float32Array
  readonly learningRate: number
  /** Share of the old step that is kept. */
  readonly momentum: number
  readonly weightDecay: number
}

/**
 * Minimises alpha task + (1 - alpha) distance by SGD, one step for each batch. The task is the cross entropy of the
 * poisoned batch. Returns fresh parameters (d) and the mean task loss before the steps. Throws RangeError unless there
 * are d weights.
 *
 * Baruch et al. 2019, https://arxiv.org/abs/1902.06156, Algorithm 4.
 * Choices: steps follow the loss divided by alpha, as in the authors' code (task + 4 distance for alpha 0.2), so the
 * learning rate has the same meaning for every alpha. The distance's part of a step is implicit: v = start + (u -
 * start) / (1 + 2 lr c w), with u the step of task and weight decay, and c = (1 - alpha) / alpha. It equals the
 * explicit step to first order, and is stable for any weights. Each number is computed in float64 and rounded once.
 */
export async function descendProximally(
  workspace: Pick<Workspace, 'gradient'>,
  { start, batches, poison, alpha, weights, learningRate, momentum, weightDecay }: ProximalDescent,
): Promise<{ parameters: Float32Array; loss: number }> {
  if (weights.length !== start.length) {
    throw new RangeError(`the distance needs ${start.length} weights, got ${weights.length}`)
  }
  const parameters = start.slice()
  const step = new Float32Array(start.length)
  const pull = (2 * learningRate * (1 - alpha)) / alpha
  let total = 0
  for (const batch of batches) {
    const { gradient, loss } = await workspace.gradient(parameters, batch, undefined, poison)
    total += loss
    for (let k = 0; k < parameters.length; k++) {
      const value = parameters[k] as number
      const anchor = start[k] as number
      step[k] = momentum * (step[k] as number) + (gradient[k] as number) + weightDecay * value
      const moved = value - learningRate * (step[k] as number)
      parameters[k] = anchor + (moved - anchor) / (1 + pull * (weights[k] as number))
    }
  }
  return { parameters, loss: total / Math.max(1, batches.length) }
}
