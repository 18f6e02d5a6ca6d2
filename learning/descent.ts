import type { Descent } from './engine.ts'

/**
 * One step of stochastic gradient descent with momentum, in place:
 * m = beta m + (1 - dampening) g; x = x - learningRate m. All three vectors have length d.
 *
 * PyTorch's SGD has the same form except that its first step takes m = g whatever the dampening.
 * Choices: m starts at 0 and dampening holds from the first step. Each line is computed in float64 and rounded
 * once, so that the bits of a step depend on the gradient only and not on the engine.
 */
export function applyDescent(
  parameters: Float32Array,
  momentum: Float32Array,
  gradient: Float32Array,
  { learningRate, beta, dampening }: Descent,
): void {
  const share = 1 - dampening
  for (let k = 0; k < parameters.length; k++) {
    const m = Math.fround(beta * (momentum[k] as number) + share * (gradient[k] as number))
    momentum[k] = m
    parameters[k] = (parameters[k] as number) - learningRate * m
  }
}

/** The first line alone, in place: m = beta m + (1 - dampening) g. */
export function applyMomentum(
  momentum: Float32Array,
  gradient: Float32Array,
  { beta, dampening }: Pick<Descent, 'beta' | 'dampening'>,
): void {
  const share = 1 - dampening
  for (let k = 0; k < momentum.length; k++) {
    momentum[k] = beta * (momentum[k] as number) + share * (gradient[k] as number)
  }
}
