const known = new WeakMap<Float32Array, boolean>()
/** The last array and its result: the same array often goes to many neighbours in a row. */
let last: { readonly vector: Float32Array; readonly finite: boolean } | undefined

/** Whether all numbers of a vector are finite. Checks each array once, so the array must not change afterwards. */
export function isFiniteVector(vector: Float32Array): boolean {
  if (last?.vector === vector) return last.finite
  const before = known.get(vector)
  const finite = before ?? isAllFinite(vector)
  if (before === undefined) known.set(vector, finite)
  last = { vector, finite }
  return finite
}

/** Tells `isFiniteVector` that another thread, with the vector in its cache, found all numbers finite. */
export function noteFinite(vector: Float32Array): void {
  known.set(vector, true)
}

function isAllFinite(vector: Float32Array): boolean {
  // 0 times a number that is not finite is NaN, and a sum keeps NaN. Four independent sums run in parallel.
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
