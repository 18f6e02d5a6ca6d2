/** The top eigenpair of a symmetric matrix. */
export interface Principal {
  readonly value: number
  /** Unit vector (n); its first component of maximum absolute value is positive. */
  readonly vector: Float64Array
}

/**
 * The largest eigenvalue of a symmetric n x n matrix and its eigenvector, by cyclic Jacobi rotations. They run until
 * every off-diagonal entry is within the rounding error of the diagonal (Golub and Van Loan, Matrix Computations,
 * section 8.5).
 *
 * The order of operations is fixed and only +, -, *, / and sqrt are used, so every machine gives the same bits. Scaling
 * by a power of two scales the result exactly. Among equal eigenvalues the first on the diagonal wins. O(n^3) per
 * sweep, a few sweeps.
 */
export function principal(matrix: Float64Array, n: number): Principal {
  const a = matrix.slice()
  const v = new Float64Array(n * n)
  for (let i = 0; i < n; i++) v[i * n + i] = 1
  for (let sweep = 0; sweep < 60 && rotateAll(a, v, n); sweep++);
  let top = 0
  for (let i = 1; i < n; i++) if ((a[i * n + i] as number) > (a[top * n + top] as number)) top = i
  const vector = new Float64Array(n)
  let greatest = 0
  for (let i = 0; i < n; i++) {
    vector[i] = v[i * n + top] as number
    if (Math.abs(vector[i] as number) > Math.abs(vector[greatest] as number)) greatest = i
  }
  if ((vector[greatest] as number) < 0) for (let i = 0; i < n; i++) vector[i] = -(vector[i] as number)
  return { value: a[top * n + top] as number, vector }
}

/** One sweep over all pairs; returns whether any rotation was needed. */
function rotateAll(a: Float64Array, v: Float64Array, n: number): boolean {
  let scale = 0
  for (let i = 0; i < n; i++) scale = Math.max(scale, Math.abs(a[i * n + i] as number))
  let rotated = false
  for (let p = 0; p < n - 1; p++) {
    for (let q = p + 1; q < n; q++) {
      const apq = a[p * n + q] as number
      if (Math.abs(apq) <= 2 ** -56 * scale) continue
      rotated = true
      const theta = ((a[q * n + q] as number) - (a[p * n + p] as number)) / (2 * apq)
      const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
      const c = 1 / Math.sqrt(t * t + 1)
      rotate(a, v, n, p, q, c, t * c)
      a[p * n + q] = 0
      a[q * n + p] = 0
    }
  }
  return rotated
}

function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number, c: number, s: number): void {
  for (let k = 0; k < n; k++) {
    const kp = a[k * n + p] as number
    const kq = a[k * n + q] as number
    a[k * n + p] = c * kp - s * kq
    a[k * n + q] = s * kp + c * kq
  }
  for (let k = 0; k < n; k++) {
    const pk = a[p * n + k] as number
    const qk = a[q * n + k] as number
    a[p * n + k] = c * pk - s * qk
    a[q * n + k] = s * pk + c * qk
    const vp = v[k * n + p] as number
    const vq = v[k * n + q] as number
    v[k * n + p] = c * vp - s * vq
    v[k * n + q] = s * vp + c * vq
  }
}

/**
 * Inner products (n x n) of the vectors minus the point z = sum_j a_j x_j (sum a = 1), from their squared distances D:
 * G_ij = (r_i + r_j - D_ij) / 2 with r_i = |x_i - z|^2, given as `toCentre`. O(n^2).
 */
export function centredGram(distances: Float64Array, n: number, toCentre: readonly number[]): Float64Array {
  const gram = new Float64Array(n * n)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      gram[i * n + j] = ((toCentre[i] as number) + (toCentre[j] as number) - (distances[i * n + j] as number)) / 2
  return gram
}
