/**
 * Stochastic gradient descent with momentum, from the mean gradient g of a batch: g is scaled so that its Euclidean norm
 * is at most `gradientClip`, weight decay adds `weightDecay` x to it, then m = beta m + (1 - dampening) g and
 * x = x - learningRate m.
 */
export interface Descent {
  readonly learningRate: number
  readonly beta: number
  readonly dampening: number
  /** L2 regularisation of all parameters, biases included, coupled with the momentum; none where 0 or left out. */
  readonly weightDecay?: number
  /** Over all parameters together; none where left out. */
  readonly gradientClip?: number
}

/**
 * One step of stochastic gradient descent with momentum, in place: g is clipped and decays (`Descent`), then
 * m = beta m + (1 - dampening) g; x = x - learningRate m. All three vectors have length d.
 *
 * PyTorch's SGD behind `clip_grad_norm_` has the same form, weight decay included, except that its first step takes
 * m = g whatever the dampening, and that its clipping divides by the norm plus 1e-6.
 * Choices: m starts at 0 and dampening holds from the first step. Each line is computed in float64 and rounded
 * once, so that the bits of a step depend on the gradient only and not on the engine.
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

/** Scales a gradient in place so that its Euclidean norm is at most `limit`; one that is not finite stays as it is. */
export function clipToNorm(gradient: Float32Array, limit: number): void {
  let sum = 0
  for (let k = 0; k < gradient.length; k++) sum += (gradient[k] as number) * (gradient[k] as number)
  const norm = Math.sqrt(sum)
  if (!(norm > limit) || norm === Infinity) return
  const scale = limit / norm
  for (let k = 0; k < gradient.length; k++) gradient[k] = scale * (gradient[k] as number)
}

/** Coupled L2 regularisation, in place: g = g + weightDecay x. */
function addDecay(gradient: Float32Array, parameters: Float32Array, weightDecay: number): void {
  for (let k = 0; k < gradient.length; k++) {
    gradient[k] = (gradient[k] as number) + weightDecay * (parameters[k] as number)
  }
}

/** The momentum line alone, in place: m = beta m + (1 - dampening) g. */
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
