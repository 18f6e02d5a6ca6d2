const known = new WeakMap<Float32Array, boolean>()

/** Whether all numbers of a vector are finite; looked at once for each array, since nobody writes to it. */
export function isFiniteVector(vector: Float32Array): boolean {
  const before = known.get(vector)
  if (before !== undefined) return before
  // 0 times a number that is not finite is NaN, and NaN stays in a sum.
  let sum = 0
  for (let k = 0; k < vector.length; k++) sum += 0 * (vector[k] as number)
  const finite = sum === 0
  known.set(vector, finite)
  return finite
}
