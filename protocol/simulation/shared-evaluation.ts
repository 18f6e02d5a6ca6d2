import type { Workspace } from '#learning/engines/engine.ts'

/**
 * Evaluates each distinct array on the test set once: with gradients, all peers of a simulation hold the same array of
 * parameters, which none may change. Evaluates a batch of a peer every time.
 */
export function shareEvaluations(evaluate: Workspace['evaluate']): Workspace['evaluate'] {
  const known = new WeakMap<Float32Array, ReturnType<Workspace['evaluate']>>()
  return (parameters, batch) => {
    if (batch) return evaluate(parameters, batch)
    const before = known.get(parameters)
    if (before) return before
    const result = evaluate(parameters)
    known.set(parameters, result)
    return result
  }
}
