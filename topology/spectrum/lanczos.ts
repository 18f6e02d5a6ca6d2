import { randomStream } from '#learning/random.ts'
import { implicitQl } from './eigenvalues.ts'

/** A symmetric matrix (n x n) by rows: the diagonal, then columns and values of the other entries. */
export interface SparseMatrix {
  readonly diagonal: readonly number[]
  readonly columns: readonly (readonly number[])[]
  readonly values: readonly (readonly number[])[]
}

export interface Extremes {
  readonly largest: number
  readonly smallest: number
}

/** Maximum number of steps, and the rows up to which it holds; larger matrices get `maxStepsBeyond`. */
const maxSteps = 1000
const maxStepsBeyond = 300
/** Steps between two convergence checks, and the maximum change between them. */
const between = 20
const still = 1e-11

/**
 * The largest and the smallest eigenvalue on the complement of one vector, accurate to about 1e-9. Null if they do not
 * converge in time, which happens only above 1000 rows. O(steps (edges + steps n)).
 *
 * Lanczos' method with full reorthogonalisation: Golub and Van Loan, Matrix Computations, section 10.3. Choices: the
 * start is drawn from a fixed stream. After n - 1 steps the eigenvalues are exact.
 */
export function extremesBeside(matrix: SparseMatrix, without: readonly number[]): Extremes | null {
  const n = matrix.diagonal.length
  const random = randomStream(1, 'lanczos')
  const basis = [normalised(Float64Array.from(without))]
  const first = Float64Array.from({ length: n }, () => random() - 0.5)
  clear(first, basis)
  basis.push(normalised(first))
  const diagonal: number[] = []
  const beside: number[] = []
  let last: Extremes | undefined
  const steps = Math.min(n - 1, n <= maxSteps ? maxSteps : maxStepsBeyond)
  for (let step = 1; step <= steps; step++) {
    const vector = basis[step]!
    const next = multiply(matrix, vector)
    diagonal.push(dot(next, vector))
    clear(next, basis)
    const length = Math.sqrt(dot(next, next))
    const done = length < 1e-13 || step === n - 1
    if (done || step % between === 0) {
      const found = outermost(diagonal, beside)
      const settled =
        last && Math.abs(found.largest - last.largest) < still && Math.abs(found.smallest - last.smallest) < still
      if (done || settled) return found
      last = found
    }
    beside.push(length)
    basis.push(next.map((value) => value / length))
  }
  return null
}

function outermost(diagonal: readonly number[], beside: readonly number[]): Extremes {
  const values = implicitQl(Float64Array.from(diagonal), Float64Array.from([...beside, 0]))
  return { largest: Math.max(...values), smallest: Math.min(...values) }
}

function multiply({ diagonal, columns, values }: SparseMatrix, vector: Float64Array): Float64Array {
  return vector.map((own, i) => {
    const list = columns[i]!
    const row = values[i]!
    let sum = diagonal[i]! * own
    for (let k = 0; k < list.length; k++) sum += row[k]! * vector[list[k]!]!
    return sum
  })
}

/**
 * Removes the components of a vector along the basis. A second pass follows if the first removed so much that rounding
 * shows.
 */
function clear(vector: Float64Array, basis: readonly Float64Array[]): void {
  for (let pass = 0; pass < 2; pass++) {
    const before = dot(vector, vector)
    for (const other of basis) {
      const along = dot(vector, other)
      for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! - along * other[i]!
    }
    // The criterion of Daniel, Gragg, Kaufman and Stewart 1976.
    if (dot(vector, vector) > before / 2) return
  }
}

/** Four partial sums, which the processor adds in parallel. */
function dot(a: Float64Array, b: Float64Array): number {
  let [p, q, r, s] = [0, 0, 0, 0]
  let i = 0
  for (; i + 3 < a.length; i += 4) {
    p += a[i]! * b[i]!
    q += a[i + 1]! * b[i + 1]!
    r += a[i + 2]! * b[i + 2]!
    s += a[i + 3]! * b[i + 3]!
  }
  for (; i < a.length; i++) p += a[i]! * b[i]!
  return p + q + r + s
}

function normalised(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector))
  return vector.map((value) => value / length)
}
