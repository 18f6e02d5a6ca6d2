/**
 * Stochastic gradient descent with momentum. A step takes the mean gradient g of a batch. It scales g to a Euclidean
 * norm of at most `gradientClip` and adds weight decay, g = g + weightDecay x. Then m = beta m + (1 - dampening) g and
 * x = x - learningRate m.
 */
export interface Descent {
  readonly learningRate: number
  readonly beta: number
  readonly dampening: number
  /** L2 regularisation of all parameters, biases included, before momentum. Default: 0. */
  readonly weightDecay?: number
  /** Maximum Euclidean norm of the gradient, over all parameters together. Default: no clipping. */
  readonly gradientClip?: number
}

/**
 * One step of stochastic gradient descent with momentum (`Descent`), in place: clips g and adds weight decay, then
 * m = beta m + (1 - dampening) g; x = x - learningRate m. All three vectors have length d.
 *
 * PyTorch's SGD after `clip_grad_norm_` has the same form, weight decay included. Two differences: its first step takes
 * m = g for any dampening, and its clipping divides by the norm plus 1e-6.
 * Choices: m starts at 0, and dampening applies from the first step. Each line is computed in float64 and rounded once,
 * so the bits of a step depend only on the gradient, not on the engine.
 */
export function applyDescent(
  parameters: Float32Array,
  momentum: Float32Array,
  gradient: Float32Array,
  { learningRate, beta, dampening, weightDecay = 0, gradientClip }: Descent,
): void {
  if (gradientClip !== undefined) clipToNorm(gradient, gradientClip)
  if (weightDecay > 0) addDecay(gradient, parameters, weightDecay)
  const share = 1 - dampening
  for (let k = 0; k < parameters.length; k++) {
    const m = Math.fround(beta * (momentum[k] as number) + share * (gradient[k] as number))
    momentum[k] = m
    parameters[k] = (parameters[k] as number) - learningRate * m
  }
}

/** Scales a gradient in place to a Euclidean norm of at most `limit`; a gradient that is not finite is unchanged. */
export function clipToNorm(gradient: Float32Array, limit: number): void {
  let sum = 0
  for (let k = 0; k < gradient.length; k++) sum += (gradient[k] as number) * (gradient[k] as number)
  const norm = Math.sqrt(sum)
  if (!(norm > limit) || norm === Infinity) return
  const scale = limit / norm
  for (let k = 0; k < gradient.length; k++) gradient[k] = scale * (gradient[k] as number)
}

/** L2 regularisation, in place: g = g + weightDecay x. */
function addDecay(gradient: Float32Array, parameters: Float32Array, weightDecay: number): void {
  for (let k = 0; k < gradient.length; k++) {
    gradient[k] = (gradient[k] as number) + weightDecay * (parameters[k] as number)
  }
}

/** Momentum without a step, in place: m = beta m + (1 - dampening) g (d each). */
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
