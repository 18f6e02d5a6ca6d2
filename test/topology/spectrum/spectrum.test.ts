import { expect, test } from 'vitest'
import { overlayOf } from '#protocol/plan/overlay.ts'
import { neighbourLists } from '#topology/graph.ts'
import { denseMatrix, mixingRows, type Weighting } from '#topology/mixing.ts'
import { eigenvalues } from '#topology/spectrum/eigenvalues.ts'
import { extremesBeside } from '#topology/spectrum/lanczos.ts'
import {
  algebraicConnectivity,
  byzantineWeights,
  contraction,
  expectedContraction,
  honestRows,
  spectralGap,
  weightedConnectivity,
} from '#topology/spectrum/spectrum.ts'
import type { Edge } from '#topology/topology.ts'
import golden from '../../vectors/gossip.json' with { type: 'json' }

const star: Edge[] = [1, 2, 3, 4].map((leaf) => [0, leaf])
const square: Edge[] = [
  [0, 1],
  [0, 3],
  [1, 2],
  [2, 3],
]

const rowsOf = (n: number, edges: readonly Edge[], weighting?: Weighting) =>
  mixingRows(neighbourLists(n, edges), weighting)

test.for(golden.topologies)(
  'spectral gap of $name agrees with the robust-gossip code',
  ({ n, edges, spectralGap: gap }) => {
    expect(spectralGap(rowsOf(n, edges as unknown as Edge[]))).toBeCloseTo(gap, 12)
  },
)

test('the gap is 0 for a graph in two parts and 1 for a single peer', () => {
  const parts: Edge[] = [
    [0, 1],
    [2, 3],
  ]
  expect(spectralGap(rowsOf(4, parts))).toBeCloseTo(0, 12)
  expect(spectralGap(rowsOf(1, []))).toBe(1)
})

test('the honest matrix folds Byzantine weight into the diagonal', () => {
  // The square has weights 1/3. Without peer 3 the path 0 - 1 - 2 remains, and its ends keep 2/3.
  const rows = honestRows(rowsOf(4, square), [3])
  const matrix = denseMatrix(rows)
  const third = 1 / 3
  const expected = [
    [2 * third, third, 0],
    [third, third, third],
    [0, third, 2 * third],
  ]
  for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) expect(matrix[i]![j]).toBeCloseTo(expected[i]![j]!, 14)
  // Its eigenvalues are 1, 2/3, 0.
  expect(spectralGap(rows)).toBeCloseTo(third, 12)
})

test('Byzantine weight is the sum over the Byzantine neighbours, without the peer itself', () => {
  expect(byzantineWeights(rowsOf(4, square), [1, 3]).map((weight) => Math.round(weight * 3))).toEqual([2, 0, 2, 0])
  expect(byzantineWeights(rowsOf(5, star), [0])).toEqual([0, 0.2, 0.2, 0.2, 0.2])
})

test('algebraic connectivity of known graphs', () => {
  // Star: 1; square: 2; complete graph of 5: 5; two parts: 0.
  expect(algebraicConnectivity(neighbourLists(5, star))).toBeCloseTo(1, 12)
  expect(algebraicConnectivity(neighbourLists(4, square))).toBeCloseTo(2, 12)
  const complete: Edge[] = [0, 1, 2, 3, 4].flatMap((i) => [1, 2, 3, 4].filter((j) => j > i).map((j): Edge => [i, j]))
  expect(algebraicConnectivity(neighbourLists(5, complete))).toBeCloseTo(5, 12)
  expect(algebraicConnectivity(neighbourLists(4, [[0, 1]]))).toBeCloseTo(0, 12)
  expect(algebraicConnectivity(neighbourLists(1, []))).toBe(0)
})

test('uniform weights have the real eigenvalues of the original matrix', () => {
  // The path of three: rows (1/2 1/2 0), (1/3 1/3 1/3), (0 1/2 1/2) have the eigenvalues 1, 1/2 and -1/6.
  const path: Edge[] = [
    [0, 1],
    [1, 2],
  ]
  expect(spectralGap(rowsOf(3, path, 'uniform'))).toBeCloseTo(0.5, 12)
  // A cycle's weights are the same under every scheme.
  for (const scheme of ['uniform', 'maximum-degree', 'metropolis-hastings'] as const) {
    expect(spectralGap(rowsOf(4, square, scheme))).toBeCloseTo(2 / 3, 12)
  }
})

test('weighted connectivity is the gap of the Laplacian I - W if all rows sum to 1', () => {
  const values = eigenvalues(denseMatrix(rowsOf(5, star)))
  expect(weightedConnectivity(rowsOf(5, star))).toBeCloseTo(1 - values[1]!, 12)
})

const graphOf = (topology: object, n: number) =>
  overlayOf({
    seed: 1,
    rounds: { count: 1 },
    peers: { honest: n, byzantine: 0, placement: 'random' },
    topology: topology as never,
  }).at(0)

test('the outermost eigenvalues by Lanczos are those of all', () => {
  const n = 90
  for (const topology of [{ name: 'small-world', neighbours: 4, rewire: 0.1 }, { name: 'star' }, { name: 'chain' }]) {
    const { neighbours } = graphOf(topology, n)
    const laplacian = {
      diagonal: neighbours.map((list) => list.length),
      columns: neighbours,
      values: neighbours.map((list) => list.map(() => -1)),
    }
    const dense = neighbours.map((list, i) =>
      Array.from({ length: n }, (_, j) => (i === j ? list.length : list.includes(j) ? -1 : 0)),
    )
    const all = eigenvalues(dense)
    const found = extremesBeside(laplacian, new Array(n).fill(1))
    expect(found?.largest).toBeCloseTo(all[0]!, 9)
    expect(found?.smallest).toBeCloseTo(all[n - 2]!, 9)
  }
})

test('a ring of 400, the hardest case, agrees with the formula', () => {
  const { rows, neighbours } = graphOf({ name: 'ring', neighbours: 2 }, 400)
  const turn = Math.cos((2 * Math.PI) / 400)
  expect(spectralGap(rows)).toBeCloseTo(1 - (1 + 2 * turn) / 3, 9)
  expect(algebraicConnectivity(neighbours)).toBeCloseTo(2 - 2 * turn, 9)
})

test('a graph in two parts has a gap of 0, for any number of peers', () => {
  const ring = Array.from({ length: 200 }, (_, i): Edge => [i, (i + 1) % 200])
  const two = [...ring, ...ring.map(([a, b]): Edge => [a + 200, b + 200])]
  expect(spectralGap(rowsOf(400, two))).toBeCloseTo(0, 9)
  expect(algebraicConnectivity(neighbourLists(400, two))).toBeCloseTo(0, 9)
})

const cube = overlayOf({
  seed: 1,
  rounds: { count: 3 },
  peers: { honest: 8, byzantine: 0, placement: 'random' },
  topology: { name: 'one-peer-exponential' },
})
const cubeAt = (round: number) => cube.at(round).rows

test('the contraction of one symmetric round is its gap; that of a cube, one neighbour per round, is 1', () => {
  const { rows } = graphOf({ name: 'torus', rows: 3, columns: 4 }, 12)
  expect(contraction([rows])).toBeCloseTo(spectralGap(rows)!, 9)
  expect(contraction([rows, rows])).toBeCloseTo(spectralGap(rows)!, 9)
  expect(contraction([0, 1, 2].map(cubeAt))).toBe(1)
  expect(contraction([0, 1].map(cubeAt))).toBeCloseTo(0, 9)
})

test('the expected contraction of one round is its gap; that of a cube, one bit drawn at random, is known', () => {
  const { rows } = graphOf({ name: 'torus', rows: 3, columns: 4 }, 12)
  expect(expectedContraction([rows])).toBeCloseTo(spectralGap(rows)!, 9)
  // Averaging over a random one of 3 bits leaves a mode of one bit with probability 2/3.
  const rounds = [0, 1, 2].map((round) => cubeAt(round))
  expect(expectedContraction(rounds)).toBeCloseTo(1 - Math.sqrt(2 / 3), 9)
})
