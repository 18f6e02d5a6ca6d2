type Matrix = readonly (readonly number[] | Float64Array)[]

/**
 * Eigenvalues of a symmetric matrix (n x n, not mutated), in descending order; accurate to about 1e-15 of the largest.
 * O(n^3): half a second for 500 peers.
 *
 * Householder's tridiagonal form and implicit QL steps: Golub and Van Loan, Matrix Computations, section 8.3. Choices:
 * a fixed order of correctly rounded operations, so that every machine gives the same bits.
 */
export function eigenvalues(matrix: Matrix): number[] {
  const { diagonal, beside } = tridiagonal(matrix)
  return implicitQl(diagonal, beside).sort((x, y) => y - x)
}

/** A tridiagonal matrix with the same eigenvalues: its diagonal (n) and its off-diagonal (n, the last is 0). */
function tridiagonal(matrix: Matrix): { diagonal: Float64Array; beside: Float64Array } {
  const n = matrix.length
  const a = matrix.map((row) => Float64Array.from(row))
  const beside = new Float64Array(n)
  const v = new Float64Array(n)
  const w = new Float64Array(n)
  for (let k = 0; k < n - 1; k++) {
    // The reflection that turns column k below the diagonal into a multiple of the first axis: I - 2 v v' / v'v.
    let squares = 0
    for (let i = k + 1; i < n; i++) {
      v[i] = a[i]![k]!
      squares += v[i]! * v[i]!
    }
    const first = v[k + 1]!
    beside[k] = first > 0 ? -Math.sqrt(squares) : Math.sqrt(squares)
    const half = squares - first * beside[k]!
    if (half === 0) continue
    v[k + 1] = first - beside[k]!
    let along = 0
    for (let i = k + 1; i < n; i++) {
      const row = a[i]!
      let sum = 0
      for (let j = k + 1; j < n; j++) sum += row[j]! * v[j]!
      w[i] = sum / half
      along += w[i]! * v[i]!
    }
    for (let i = k + 1; i < n; i++) w[i] = w[i]! - (along / (2 * half)) * v[i]!
    for (let i = k + 1; i < n; i++) {
      const row = a[i]!
      for (let j = k + 1; j < n; j++) row[j] = row[j]! - (v[i]! * w[j]! + w[i]! * v[j]!)
    }
  }
  return { diagonal: Float64Array.from(a, (row, i) => row[i]!), beside }
}

/** Eigenvalues of a tridiagonal matrix (unordered) by implicit QL steps with Wilkinson's shift; overwrites both arrays. */
export function implicitQl(d: Float64Array, e: Float64Array): number[] {
  const n = d.length
  let largest = 0
  for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(d[i]!) + Math.abs(e[i]!))
  const negligible = largest * 2 ** -53
  for (let start = 0; start < n; start++) {
    for (;;) {
      let end = start
      while (end < n - 1 && !(Math.abs(e[end]!) <= negligible)) end++
      if (end === start) break
      qlStep(d, e, start, end)
    }
  }
  return [...d]
}

/** One QL step on the block from `start` to `end`; it moves e[start] towards 0. */
function qlStep(d: Float64Array, e: Float64Array, start: number, end: number): void {
  const slope = (d[start + 1]! - d[start]!) / (2 * e[start]!)
  const root = Math.sqrt(slope * slope + 1)
  let g = d[end]! - d[start]! + e[start]! / (slope + (slope < 0 ? -root : root))
  let sine = 1
  let cosine = 1
  let shift = 0
  for (let i = end - 1; i >= start; i--) {
    const f = sine * e[i]!
    const b = cosine * e[i]!
    const length = Math.sqrt(f * f + g * g)
    e[i + 1] = length
    if (length === 0) {
      // The block splits here; the next steps handle its parts.
      d[i + 1] = d[i + 1]! - shift
      e[end] = 0
      return
    }
    sine = f / length
    cosine = g / length
    g = d[i + 1]! - shift
    const r = (d[i]! - g) * sine + 2 * cosine * b
    shift = sine * r
    d[i + 1] = g + shift
    g = cosine * r - b
  }
  d[start] = d[start]! - shift
  e[start] = g
  e[end] = 0
}
