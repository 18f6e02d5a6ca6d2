import { neighbourLists } from './graph.ts'
import { mixingMatrix } from './mixing.ts'
import type { Edge } from './topologies/topology.ts'

type Matrix = readonly (readonly number[])[]

/**
 * Eigenvalues of a symmetric matrix (n x n, not mutated), in descending order.
 *
 * Cyclic Jacobi rotations: Golub and Van Loan, Matrix Computations, section 8.5. O(n^3) a sweep, under ten
 * sweeps. Choices: a fixed order of rotations and only correctly rounded operations, so that the bits are the
 * same on every machine; stops where all off-diagonal entries are rounding noise.
 */
export function eigenvalues(matrix: Matrix): number[] {
  const n = matrix.length
  const a = matrix.map((row) => Float64Array.from(row))
  let norm = 0
  for (const row of a) for (const value of row) norm += value * value
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += a[p]![q]! * a[p]![q]!
    if (off <= norm * 1e-30) break
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, p, q)
  }
  return a.map((row, i) => row[i]!).sort((x, y) => y - x)
}

/** Turns the plane of axes p and q so that entry (p, q) becomes 0. */
function rotate(a: readonly Float64Array[], p: number, q: number): void {
  const rowP = a[p]!
  const rowQ = a[q]!
  const apq = rowP[q]!
  if (apq === 0) return
  const theta = (rowQ[q]! - rowP[p]!) / (2 * apq)
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const cosine = 1 / Math.sqrt(t * t + 1)
  const sine = t * cosine
  rowP[p] = rowP[p]! - t * apq
  rowQ[q] = rowQ[q]! + t * apq
  rowP[q] = 0
  rowQ[p] = 0
  for (let k = 0; k < a.length; k++) {
    if (k === p || k === q) continue
    const x = rowP[k]!
    const y = rowQ[k]!
    rowP[k] = cosine * x - sine * y
    rowQ[k] = sine * x + cosine * y
    a[k]![p] = rowP[k]!
    a[k]![q] = rowQ[k]!
  }
}

/**
 * Spectral gap 1 - |lambda_2| of a mixing matrix: the share of disagreement that one round of averaging takes
 * away at least; lambda_2 is the second largest eigenvalue in absolute value. 1 for a single peer, 0 where the
 * graph is not connected.
 */
export function spectralGap(mixing: Matrix): number {
  const [, second = 0] = eigenvalues(mixing)
    .map(Math.abs)
    .sort((x, y) => y - x)
  return 1 - second
}

/**
 * Mixing matrix of the honest peers alone (H x H, ascending index): the weight of Byzantine neighbours goes to
 * the diagonal, as if they were silent. He, Karimireddy and Jaggi 2022, https://arxiv.org/abs/2202.01545.
 */
export function honestMixing(n: number, edges: readonly Edge[], byzantine: readonly number[]): number[][] {
  const mixing = mixingMatrix(n, edges)
  const weights = byzantineWeights(n, edges, byzantine)
  const honest = mixing.map((_, i) => i).filter((i) => !byzantine.includes(i))
  return honest.map((i) => honest.map((j) => mixing[i]![j]! + (i === j ? weights[i]! : 0)))
}

/** Weight delta_i of the Byzantine neighbours in each peer's row (n); Byzantine peers' own rows included. */
export function byzantineWeights(n: number, edges: readonly Edge[], byzantine: readonly number[]): number[] {
  return mixingMatrix(n, edges).map((row, i) =>
    byzantine.reduce((sum, liar) => (liar === i ? sum : sum + row[liar]!), 0),
  )
}

/**
 * Algebraic connectivity: the second smallest eigenvalue of the Laplacian D - A; 0 where the graph is not
 * connected, and for a single peer. Fiedler 1973.
 */
export function algebraicConnectivity(n: number, edges: readonly Edge[]): number {
  const neighbours = neighbourLists(n, edges)
  const laplacian = neighbours.map((list, i) => {
    const row = new Array<number>(n).fill(0)
    row[i] = list.length
    for (const j of list) row[j] = -1
    return row
  })
  return Math.max(0, eigenvalues(laplacian).at(-2) ?? 0)
}
