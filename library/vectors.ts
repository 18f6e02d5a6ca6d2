/** A vector: anything with a length and numbers. A Float32Array is not copied. */
export type Vector = ArrayLike<number>

/**
 * The rows as vectors of 32-bit floats, all of the length of the first. Throws RangeError if there are none, if lengths
 * differ, or if a number is not finite in 32 bits.
 */
export function vectorsOf(rows: readonly Vector[], name = 'vectors'): Float32Array[] {
  if (!Array.isArray(rows)) throw new RangeError(`${name}: must be an array of vectors, got ${inWords(rows)}`)
  const length = rows[0]?.length
  return rows.map((row, i) => vectorOf(row, `${name}[${i}]`, length))
}

/** One row as a vector of 32-bit floats, of the given length if there is one. Throws RangeError as `vectorsOf` does. */
export function vectorOf(row: Vector, name: string, length?: number): Float32Array {
  if (typeof row !== 'object' || row === null || typeof row.length !== 'number')
    throw new RangeError(`${name}: must be a vector of numbers, such as a Float32Array, got ${inWords(row)}`)
  if (row.length === 0) throw new RangeError(`${name}: is empty; a vector needs at least one number`)
  if (length !== undefined && row.length !== length)
    throw new RangeError(`${name}: must have ${length} numbers, got ${row.length}`)
  const vector = row instanceof Float32Array ? row : Float32Array.from(row)
  if (!allFinite(vector)) {
    const at = vector.findIndex((value) => !Number.isFinite(value))
    throw new RangeError(`${name}[${at}]: is ${String(row[at])}, must be a finite 32-bit number`)
  }
  return vector
}

/** Whether all numbers are finite: a product with 0 is NaN if one is not. Four sums keep the loop fast. */
function allFinite(vector: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0]
  const whole = vector.length & ~3
  for (let j = 0; j < whole; j += 4) {
    a += vector[j]! * 0
    b += vector[j + 1]! * 0
    c += vector[j + 2]! * 0
    d += vector[j + 3]! * 0
  }
  for (let j = whole; j < vector.length; j++) a += vector[j]! * 0
  return a + b + c + d === 0
}

function inWords(value: unknown): string {
  if (value === null || typeof value !== 'object') return typeof value === 'string' ? `"${value}"` : String(value)
  return value.constructor?.name ?? 'an object'
}
