import type { Neighbours } from '../graph.ts'
import type { MixingRow } from '../mixing.ts'
import { eigenvalues } from './eigenvalues.ts'
import { type Extremes, extremesBeside, type SparseMatrix } from './lanczos.ts'

/** Up to this many peers, all eigenvalues are computed; above, only the outermost ones, by Lanczos' method. */
const maxDense = 300

/**
 * Spectral gap 1 - |lambda_2| of a mixing matrix: the minimum share of disagreement that one round of averaging
 * removes. lambda_2 is the second largest eigenvalue in absolute value. 1 for a single peer, 0 if the graph is not
 * connected. Accurate to about 1e-12 (1e-9 above 300 peers). Null above 1000 peers if the outermost eigenvalues are too
 * close to separate in time.
 *
 * Choices: rows with different weights in the two directions of an edge (uniform weights) are made symmetric by
 * sqrt(W_ij W_ji). The eigenvalues stay the same if each pair of weights has the ratio of the two peers' shares.
 */
export function spectralGap(rows: readonly MixingRow[]): number | null {
  if (rows.length < 2) return 1
  const found = beside(mixingOperator(rows), kernelOf(rows), 'top')
  return found && 1 - Math.max(Math.abs(found.largest), Math.abs(found.smallest))
}

/**
 * Algebraic connectivity: the second smallest eigenvalue of the Laplacian D - A. 0 if the graph is not connected, and
 * for a single peer. Fiedler 1973. Null as with `spectralGap`.
 */
export function algebraicConnectivity(neighbours: Neighbours): number | null {
  return laplacianGap(neighbours, () => 1)
}

/** Algebraic connectivity of the graph with mixing weights as edge weights; the weights are those of row i. */
export function weightedConnectivity(rows: readonly MixingRow[]): number | null {
  const lists = rows.map(({ members }, i) => members.filter((member) => member !== i))
  const weights = rows.map(({ members, weights }) => new Map(members.map((member, k) => [member, weights[k]!])))
  return laplacianGap(lists, (i, j) => symmetric(weights[i]!.get(j)!, weights[j]!.get(i)!))
}

function laplacianGap(neighbours: Neighbours, weight: (i: number, j: number) => number): number | null {
  if (neighbours.length < 2) return 0
  const values = neighbours.map((list, i) => list.map((j) => -weight(i, j)))
  const diagonal = values.map((row) => row.reduce((sum, value) => sum - value, 0))
  const found = beside({ diagonal, columns: neighbours, values }, new Array(neighbours.length).fill(1), 'bottom')
  return found && Math.max(0, found.smallest)
}

/**
 * Rows of the h honest peers only, renumbered from 0 in ascending index. The weight of Byzantine neighbours goes to the
 * peer itself, as if they were silent. He, Karimireddy and Jaggi 2022, https://arxiv.org/abs/2202.01545.
 */
export function honestRows(rows: readonly MixingRow[], byzantine: readonly number[]): MixingRow[] {
  const byzantinePeers = new Set(byzantine)
  const honest = rows.map(({ peer }) => peer).filter((peer) => !byzantinePeers.has(peer))
  const position = new Map(honest.map((peer, i) => [peer, i]))
  return honest.map((peer, i) => {
    const { members, weights } = rows[peer]!
    const kept = members.flatMap((member, k) => (byzantinePeers.has(member) ? [] : [{ member, weight: weights[k]! }]))
    const silent = members.reduce((sum, member, k) => (byzantinePeers.has(member) ? sum + weights[k]! : sum), 0)
    return {
      peer: i,
      members: kept.map(({ member }) => position.get(member)!),
      weights: kept.map(({ member, weight }) => (member === peer ? weight + silent : weight)),
    }
  })
}

/** Weight delta_i of the Byzantine neighbours in each peer's row (n), including rows of Byzantine peers. */
export function byzantineWeights(rows: readonly MixingRow[], byzantine: readonly number[]): number[] {
  const byzantinePeers = new Set(byzantine)
  return rows.map(({ members, weights }, peer) =>
    members.reduce((sum, member, k) => (member !== peer && byzantinePeers.has(member) ? sum + weights[k]! : sum), 0),
  )
}

/**
 * Minimum share of disagreement that averaging removes per round, over R rounds: 1 - sigma_2(W_R ... W_1)^(1/R).
 * sigma_2 is the largest singular value apart from that of the common mean. For one symmetric matrix it is the spectral
 * gap. O(R n^2 degree + n^3). Doubly stochastic rows only.
 */
export function contraction(rounds: readonly (readonly MixingRow[])[]): number {
  const n = rounds[0]?.length ?? 0
  if (n < 2) return 1
  let product = Array.from({ length: n }, (_, i) =>
    Float64Array.from({ length: n }, (_, j) => (i === j ? 1 : 0) - 1 / n),
  )
  for (const rows of rounds) {
    const last = product
    product = rows.map(({ members, weights }) => {
      const mixed = new Float64Array(n)
      members.forEach((member, k) => {
        const row = last[member]!
        for (let j = 0; j < n; j++) mixed[j] = mixed[j]! + weights[k]! * row[j]!
      })
      return mixed
    })
  }
  const gram = product.map((row) => product.map((other) => row.reduce((sum, value, k) => sum + value * other[k]!, 0)))
  const sigma = Math.sqrt(Math.max(0, eigenvalues(gram)[0]!))
  // An exact average leaves rounding errors; their root would look like disagreement.
  return 1 - (sigma < 1e-12 ? 0 : sigma ** (1 / rounds.length))
}

/**
 * The same for rounds that are drawn independently: 1 - sqrt(lambda_2(E[W'W])), with the mean over the given rounds.
 * Boyd et al. 2006, https://doi.org/10.1109/TIT.2006.874516. O(R n degree^2 + n^3). Doubly stochastic rows only.
 */
export function expectedContraction(rounds: readonly (readonly MixingRow[])[]): number {
  const n = rounds[0]?.length ?? 0
  if (n < 2) return 1
  const mean = Array.from({ length: n }, () => new Float64Array(n).fill(-1 / n))
  for (const rows of rounds) {
    for (const { members, weights } of rows) {
      members.forEach((i, k) => {
        members.forEach((j, l) => {
          mean[i]![j] = mean[i]![j]! + (weights[k]! * weights[l]!) / rounds.length
        })
      })
    }
  }
  return 1 - Math.sqrt(Math.max(0, eigenvalues(mean)[0]!))
}

function mixingOperator(rows: readonly MixingRow[]): SparseMatrix {
  const weights = rows.map(({ members, weights }) => new Map(members.map((member, k) => [member, weights[k]!])))
  const columns = rows.map(({ members }, i) => members.filter((member) => member !== i))
  return {
    diagonal: rows.map((_, i) => weights[i]!.get(i)!),
    columns,
    values: columns.map((list, i) => list.map((j) => symmetric(weights[i]!.get(j)!, weights[j]!.get(i)!))),
  }
}

function symmetric(a: number, b: number): number {
  return a === b ? a : Math.sqrt(a * b)
}

/** The eigenvector of eigenvalue 1 of the symmetric form: square roots of the peers' shares in the common limit. */
function kernelOf(rows: readonly MixingRow[]): number[] {
  const vector = new Array<number>(rows.length).fill(0)
  for (let start = 0; start < rows.length; start++) {
    if (vector[start] !== 0) continue
    vector[start] = 1
    const queue = [start]
    for (const i of queue) {
      const { members, weights } = rows[i]!
      members.forEach((j, k) => {
        if (vector[j] !== 0) return
        const back = rows[j]!
        vector[j] = vector[i]! * Math.sqrt(weights[k]! / back.weights[back.members.indexOf(i)]!)
        queue.push(j)
      })
    }
  }
  return vector
}

/** The outermost eigenvalues apart from that of the kernel, which is the largest or the smallest of all. */
function beside(matrix: SparseMatrix, kernel: readonly number[], end: 'top' | 'bottom'): Extremes | null {
  const n = matrix.diagonal.length
  if (n > maxDense) return extremesBeside(matrix, kernel)
  const dense = matrix.diagonal.map((value, i) => {
    const row = new Array<number>(n).fill(0)
    row[i] = value
    matrix.columns[i]!.forEach((j, k) => {
      row[j] = matrix.values[i]![k]!
    })
    return row
  })
  const values = eigenvalues(dense)
  const [largest, smallest] = end === 'top' ? [values[1]!, values[n - 1]!] : [values[0]!, values[n - 2]!]
  return { largest, smallest }
}
