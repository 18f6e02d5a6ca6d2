import { z } from 'zod'
import { squaredDistance, squaredDistancesTo } from './distances.ts'
import { lowest } from './krum-score.ts'
import { median } from './median.ts'
import { pulled } from './neighbours.ts'
import { normsOf } from './norms.ts'
import { defineRule, type RuleState, tolerance } from './rule.ts'

/**
 * WFAgg: three filters judge every neighbour, and those that pass at least two are mixed with the own vector:
 * alpha x_i + (1 - alpha) sum_j p_j x_j / sum_j p_j, p_j the number of filters passed.
 * Distance: the n - f - 1 neighbours nearest the coordinate-wise median. Direction: the n - f - 1 of greatest cosine
 * with it. Time: the n - f - 1 whose change since the last round deviates least, relative to it, from the moving
 * average of their own changes; who has no such average yet passes.
 *
 * Cajaraville-Aboy et al. 2024, https://arxiv.org/abs/2409.17754. Holds for n > 2f.
 * Choices: the paper's three filters and its two-of-three vote; the moving average takes half of each new change;
 * weights by filters passed; the own vector alone where nobody passes two. `state` holds the last vectors and averages
 * (n (d + 2) numbers), by peer index. Cosines depend on the origin. O(n d) and the median's time, O(n d) memory.
 */
export const wfagg = defineRule({
  name: 'wfagg',
  summary: 'Own vector mixed with the neighbours that pass two of three filters: distance, direction, change',
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
    const n = vectors.length
    const members = input.members ?? vectors.map((_, i) => i)
    const others = vectors.map((_, i) => i).filter((i) => i !== own)
    const centre = median.aggregate(input, {}).output
    const norms = normsOf([...vectors, centre])
    const changes = changesOf(vectors, members, state)
    const passes = new Array<number>(n).fill(0)
    const keep = (scores: readonly number[]) => {
      for (const at of lowest(scores, n - f - 1)) passes[others[at] as number] = (passes[others[at] as number] ?? 0) + 1
    }
    const toCentre = squaredDistancesTo(vectors, centre)
    keep(others.map((i) => toCentre[i] as number))
    keep(
      others.map((i) => {
        const lengths = (norms[i] as number) * (norms[n] as number)
        return lengths > 0 ? -dot(vectors[i] as Float32Array, centre) / lengths : 0
      }),
    )
    const deviations = others.map((i) => changes[i]?.deviation)
    const known = deviations.filter((deviation) => deviation !== undefined).sort((a, b) => a - b)
    const unknown = deviations.length - known.length
    const limit = known[Math.min(known.length, Math.max(0, n - f - 1 - unknown)) - 1] ?? Number.NEGATIVE_INFINITY
    others.forEach((i, at) => {
      const deviation = deviations[at]
      if (deviation === undefined || deviation <= limit) passes[i] = (passes[i] as number) + 1
    })
    const accepted = others.filter((i) => (passes[i] as number) >= 2)
    const total = accepted.reduce((sum, i) => sum + (passes[i] as number), 0)
    const pulls = vectors.map(() => 0)
    for (const i of accepted) pulls[i] = ((1 - alpha) * (passes[i] as number)) / total
    return { ...pulled(vectors, own, pulls), state: remembered(vectors, members, changes) }
  },
})

/** What is known of a vector's sender: its moving average of changes, and how far the newest change is from it. */
interface Change {
  readonly average: number
  readonly deviation?: number
}

/** Entries of the state: peer index, average of changes or -1, then its last vector. */
function changesOf(
  vectors: readonly Float32Array[],
  members: readonly number[],
  state: RuleState | undefined,
): Change[] {
  const d = vectors[0]?.length ?? 0
  if (state && state.length % (d + 2) !== 0) {
    throw new RangeError(`wfagg needs a state of whole entries of ${d + 2} numbers, got ${state.length}`)
  }
  const places = new Map<number, number>()
  if (state) for (let at = 0; at + d + 2 <= state.length; at += d + 2) places.set(state[at] as number, at)
  return vectors.map((vector, i) => {
    const at = places.get(members[i] as number)
    if (!state || at === undefined) return { average: -1 }
    const change = Math.sqrt(squaredDistance(vector, state.subarray(at + 2, at + 2 + d)))
    const average = state[at + 1] as number
    if (average < 0) return { average: change }
    const size = Math.max(change, average)
    return { average: (average + change) / 2, deviation: size > 0 ? Math.abs(change - average) / size : 0 }
  })
}

function remembered(
  vectors: readonly Float32Array[],
  members: readonly number[],
  changes: readonly Change[],
): RuleState {
  const d = vectors[0]?.length ?? 0
  const state = new Float32Array(vectors.length * (d + 2))
  vectors.forEach((vector, i) => {
    const at = i * (d + 2)
    state[at] = members[i] as number
    state[at + 1] = changes[i]?.average ?? -1
    state.set(vector, at + 2)
  })
  return state
}

function dot(x: Float32Array, y: Float32Array): number {
  let sum = 0
  for (let k = 0; k < x.length; k++) sum += (x[k] as number) * (y[k] as number)
  return sum
}
