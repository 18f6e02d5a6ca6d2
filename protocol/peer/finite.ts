const known = new WeakMap<Float32Array, boolean>()
/** The array that was asked about last, which most often is the next one too: one goes to many neighbours. */
let last: { readonly vector: Float32Array; readonly finite: boolean } | undefined

/** Whether all numbers of a vector are finite; looked at once for each array, since nobody writes to it. */
export function isFiniteVector(vector: Float32Array): boolean {
  if (last?.vector === vector) return last.finite
  const before = known.get(vector)
  const finite = before ?? isAllFinite(vector)
  if (before === undefined) known.set(vector, finite)
  last = { vector, finite }
  return finite
}

/** Tells `isFiniteVector` that another thread, in whose cache the vector was, found all of its numbers finite. */
export function noteFinite(vector: Float32Array): void {
  known.set(vector, true)
}

function isAllFinite(vector: Float32Array): boolean {
  // 0 times a number that is not finite is NaN, and NaN stays in a sum. Four sums, since each addition waits for the last.
  let [a, b, c, e] = [0, 0, 0, 0]
  let k = 0
  for (; k + 4 <= vector.length; k += 4) {
    a += 0 * (vector[k] as number)
    b += 0 * (vector[k + 1] as number)
    c += 0 * (vector[k + 2] as number)
    e += 0 * (vector[k + 3] as number)
  }
  for (; k < vector.length; k++) a += 0 * (vector[k] as number)
  return a + b + c + e === 0
}
