/** The input of a step with an aggregated gradient (d each); not mutated. */
interface AggregateStepInput {
  readonly x: Float32Array
  /** v; undefined before the first step, for 0. */
  readonly velocity: Float32Array | undefined
  readonly aggregated: Float32Array
}

interface AggregateStepOptions {
  readonly learningRate: number
  readonly weightDecay: number
  readonly momentum: { readonly at: 'local' | 'aggregate'; readonly beta: number; readonly dampening: number }
}

interface AggregateStep {
  readonly x: Float32Array
  readonly velocity: Float32Array
}

interface Known {
  readonly input: AggregateStepInput
  readonly beta: number
  readonly rate: number
  readonly weightDecay: number
  readonly result: AggregateStep
}

/** Steps by their x: peers with the same arrays take the same step. */
const known = new WeakMap<Float32Array, Known[]>()

/**
 * One step with an aggregated gradient F (d). Momentum at the aggregate: v = beta v - lr (1 - dampening) F, x = x + v,
 * from v = 0. Local momentum is already part of F: x = x - lr F. Weight decay adds weightDecay x to F here, as in
 * ByzFL's server, so peers send and aggregate gradients without it. Each line is computed in float64 and rounded once.
 * Calls with the same arrays share one result, which must not be mutated. O(d).
 */
export function aggregateStep(
  input: AggregateStepInput,
  { learningRate, weightDecay, momentum }: AggregateStepOptions,
): AggregateStep {
  const atAggregate = momentum.at === 'aggregate'
  const beta = atAggregate ? momentum.beta : 0
  const rate = atAggregate ? learningRate * (1 - momentum.dampening) : learningRate
  const steps = known.get(input.x) ?? []
  const before = steps.find(
    (step) =>
      step.input.velocity === input.velocity &&
      step.input.aggregated === input.aggregated &&
      step.beta === beta &&
      step.rate === rate &&
      step.weightDecay === weightDecay,
  )
  if (before) return before.result
  const result = computed(input, beta, rate, weightDecay)
  known.set(input.x, [...steps, { input, beta, rate, weightDecay, result }])
  return result
}

function computed(
  { x, velocity, aggregated }: AggregateStepInput,
  beta: number,
  rate: number,
  weightDecay: number,
): AggregateStep {
  const v = velocity?.slice() ?? new Float32Array(x.length)
  const next = new Float32Array(x.length)
  for (let k = 0; k < next.length; k++) {
    const slope = aggregated[k] as number
    const decayed = weightDecay > 0 ? slope + weightDecay * (x[k] as number) : slope
    const moved = Math.fround(beta * (v[k] as number) - rate * decayed)
    v[k] = moved
    next[k] = (x[k] as number) + moved
  }
  return { x: next, velocity: v }
}
