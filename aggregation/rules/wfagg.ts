import * as z from 'zod'
import { squaredDistance, squaredDistancesTo } from '../math/distances.ts'
import { lowest } from '../math/krum-score.ts'
import { pulled } from '../math/neighbours.ts'
import { normsOf } from '../math/norms.ts'
import { defineRule, type RuleState, tolerance } from '../rule.ts'
import { median } from './median.ts'

/**
 * WFAgg: three filters judge every neighbour; those that pass at least two are mixed with the peer's own vector. The
 * output is alpha x_i + (1 - alpha) sum_j p_j x_j / sum_j p_j. p_j sums the weights of the filters that j passes: 0.4,
 * 0.4 and 0.2.
 * Distance (0.4): the max(1, K - f - 1) of the K neighbours nearest their coordinate-wise median.
 * Direction (0.4): the same number of neighbours with the largest cosine to that median.
 * Time (0.2): let x_j' be the neighbour's vector of the previous round. |x_j - x_j'|^2 and 1 - cos(x_j, x_j') must both
 * be within one standard deviation of the moving average of their last two values.
 *
 * Cajaraville-Aboy et al. 2024, https://arxiv.org/abs/2409.17754. Holds for n > 2f.
 * Choices, as in the simulator code that has the paper's WFAgg-D, -C, -T and -E: the median leaves out the peer's own
 * vector. For two values p (newer) and q the average is (p + (0.99 p + q) / 1.99) / 2 and the deviation
 * |p - q| / sqrt(2). A neighbour without two values fails the third filter. If no neighbour passes two filters, the
 * peer's own vector stays. The code's smoothing factor is 1 - alpha. The code can also skip a number of first rounds
 * (here 0).
 * Our own choices: a neighbour that misses a round starts anew. A zero vector has cosine 0. A relative tolerance of
 * 1e-6 absorbs rounding. `state` holds the last vectors and values by peer index, n (d + 5) numbers. Cosines depend on
 * the origin. O(n d) time plus that of the median, O(n d) memory.
 */
export const wfagg = defineRule({
  name: 'wfagg',
  summary: "The peer's own vector mixed with neighbours that pass two of three filters: distance, direction, change",
  reference: 'https://arxiv.org/abs/2409.17754',
  parameters: {
    f: tolerance,
    alpha: z.number().min(0).max(1).default(0.8).describe("Share of the peer's own vector in the output"),
  },
  cost: 'n log n d',
  requires: 'n > 2f',
  minimum: ({ f }) => 2 * f + 1,
  selfCentred: () => true,
  aggregate(input, { f, alpha }) {
    const { vectors, own, state } = input
    const members = input.members ?? vectors.map((_, i) => i)
    const others = vectors.map((_, i) => i).filter((i) => i !== own)
    const changes = changesOf(vectors, members, state)
    const weights = vectors.map(() => 0)
    const pass = (i: number, weight: number) => {
      weights[i] = (weights[i] as number) + weight
    }
    if (others.length > 0) {
      const neighbours = others.map((i) => vectors[i] as Float32Array)
      const centre = median.aggregate(
        { ...input, vectors: neighbours, own: 0, weights: neighbours.map(() => 1 / neighbours.length) },
        {},
      ).output
      const kept = Math.max(1, others.length - f - 1)
      const turns = neighbours.map((vector) => turn(vector, centre))
      for (const at of lowest([...squaredDistancesTo(neighbours, centre)], kept)) pass(others[at] as number, 2)
      for (const at of lowest(turns, kept)) pass(others[at] as number, 2)
      for (const i of others) if (steady(changes[i])) pass(i, 1)
    }
    // Two passed filters weigh at least 3 fifths; one alone weighs at most 2.
    const accepted = others.filter((i) => (weights[i] as number) >= 3)
    const total = accepted.reduce((sum, i) => sum + (weights[i] as number), 0)
    const pulls = vectors.map(() => 0)
    for (const i of accepted) pulls[i] = ((1 - alpha) * (weights[i] as number)) / total
    return { ...pulled(vectors, own, pulls), state: remembered(vectors, members, changes) }
  },
  conformance: [{ exceptions: { translation: 'norms are measured from the origin' } }],
})

/** Changes of a sender's vector from round to round, as far as the state holds them: newest first, at most three. */
type Changes = readonly { readonly distance: number; readonly turn: number }[]

/** Numbers before the vector in a state entry: peer index, then distance and turn of two changes, or -1. */
const header = 5

function steady(changes: Changes | undefined): boolean {
  const [newest, newer, older] = changes ?? []
  if (!newest || !newer || !older) return false
  return (
    within(newest.distance ** 2, newer.distance ** 2, older.distance ** 2) &&
    within(newest.turn, newer.turn, older.turn, roundingOfCosines)
  )
}

const roundingOfCosines = 1e-12

/** Whether `value` is within one deviation of the average. It tolerates rounding, so that a constant change passes. */
function within(value: number, newer: number, older: number, rounding = 0): boolean {
  const average = (newer + (0.99 * newer + older) / 1.99) / 2
  return Math.abs(value - average) <= Math.abs(newer - older) / Math.SQRT2 + 1e-6 * Math.abs(average) + rounding
}

function changesOf(
  vectors: readonly Float32Array[],
  members: readonly number[],
  state: RuleState | undefined,
): Changes[] {
  const d = vectors[0]?.length ?? 0
  if (state && state.length % (d + header) !== 0) {
    throw new RangeError(`wfagg needs a state of whole entries of ${d + header} numbers, got ${state.length}`)
  }
  const places = new Map<number, number>()
  if (state) for (let at = 0; at < state.length; at += d + header) places.set(state[at] as number, at)
  return vectors.map((vector, i) => {
    const at = places.get(members[i] as number)
    if (!state || at === undefined) return []
    const last = state.subarray(at + header, at + header + d)
    const [, newer = -1, newerTurn = -1, older = -1, olderTurn = -1] = state.subarray(at, at + header)
    return [
      { distance: Math.sqrt(squaredDistance(vector, last)), turn: turn(vector, last) },
      { distance: newer, turn: newerTurn },
      { distance: older, turn: olderTurn },
    ].filter(({ distance }) => distance >= 0)
  })
}

function remembered(
  vectors: readonly Float32Array[],
  members: readonly number[],
  changes: readonly Changes[],
): RuleState {
  const width = (vectors[0]?.length ?? 0) + header
  const state = new Float32Array(vectors.length * width)
  vectors.forEach((vector, i) => {
    const [newest, newer] = changes[i] ?? []
    const values = [newest?.distance, newest?.turn, newer?.distance, newer?.turn].map((value) => value ?? -1)
    state.set([members[i] as number, ...values], i * width)
    state.set(vector, i * width + header)
  })
  return state
}

/** 1 - cos(x, y); 1 if one of them is zero. */
function turn(x: Float32Array, y: Float32Array): number {
  const [normX = 0, normY = 0] = normsOf([x, y])
  const lengths = normX * normY
  return lengths > 0 ? 1 - dot(x, y) / lengths : 1
}

function dot(x: Float32Array, y: Float32Array): number {
  let sum = 0
  for (let k = 0; k < x.length; k++) sum += (x[k] as number) * (y[k] as number)
  return sum
}
