/**
 * The Fiedler vector (n, unit length) of a graph given by its neighbour lists: the eigenvector of the second smallest
 * eigenvalue of the Laplacian L = D - A. Its signs cut the graph where it is thinnest. If the graph is not connected,
 * it is constant on each part. O(n^3) for each of about eight sweeps.
 *
 * Fiedler 1973, https://doi.org/10.21136/CMJ.1973.101168. Eigenvectors by Jacobi's cyclic rotations (Golub and Van
 * Loan, Matrix Computations, section 8.5).
 * Choices: the first entry beyond 1e-9 in absolute value is positive. For a multiple eigenvalue (rings, complete
 * graphs) it is always the same one of its vectors. Zeros for fewer than two peers.
 */
export function fiedlerVector(neighbours: readonly (readonly number[])[]): Float64Array {
  const n = neighbours.length
  if (n < 2) return new Float64Array(n)
  // Adding a multiple of the all-ones matrix raises the eigenvalue of the constant vector to n + 1.
  const matrix = neighbours.map((list, i) => {
    const row = new Float64Array(n).fill((n + 1) / n)
    row[i] = (row[i] as number) + list.length
    for (const j of list) row[j] = (row[j] as number) - 1
    return row
  })
  const vectors = rotate(matrix)
  let smallest = 0
  for (let i = 1; i < n; i++) if ((matrix[i]?.[i] as number) < (matrix[smallest]?.[smallest] as number)) smallest = i
  const vector = Float64Array.from(vectors, (row) => row[smallest] as number)
  const first = vector.find((value) => Math.abs(value) > 1e-9) ?? 1
  return first > 0 ? vector : vector.map((value) => -value)
}

/** Diagonalises a symmetric matrix in place; the columns of the result are its eigenvectors. */
function rotate(a: readonly Float64Array[]): Float64Array[] {
  const n = a.length
  const vectors = a.map((_, i) => {
    const row = new Float64Array(n)
    row[i] = 1
    return row
  })
  for (let sweep = 0; sweep < 30; sweep++) {
    let largest = 0
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const beside = a[p]?.[q] as number
        largest = Math.max(largest, Math.abs(beside))
        if (Math.abs(beside) < 1e-15) continue
        const theta = ((a[q]?.[q] as number) - (a[p]?.[p] as number)) / (2 * beside)
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
        const cos = 1 / Math.sqrt(t * t + 1)
        const sin = t * cos
        for (const row of a) turn(row, p, q, cos, sin)
        const [up, uq] = [a[p] as Float64Array, a[q] as Float64Array]
        for (let k = 0; k < n; k++) {
          const [x, y] = [up[k] as number, uq[k] as number]
          up[k] = cos * x - sin * y
          uq[k] = sin * x + cos * y
        }
        for (const row of vectors) turn(row, p, q, cos, sin)
      }
    }
    if (largest < 1e-13) break
  }
  return vectors
}

function turn(row: Float64Array, p: number, q: number, cos: number, sin: number): void {
  const x = row[p] as number
  const y = row[q] as number
  row[p] = cos * x - sin * y
  row[q] = sin * x + cos * y
}
