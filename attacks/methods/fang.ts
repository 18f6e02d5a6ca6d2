import * as z from 'zod'
import { squaredDistance } from '#aggregation/math/distances.ts'
import { type CraftContext, type Crafted, defineAttack, type Known } from '../attack.ts'
import { knownVectors } from '../math/known.ts'
import { standIns } from '../math/stand-ins.ts'
import { deviationOf, meanOf } from '../math/statistics.ts'

const parameters = {
  form: z
    .enum(['trimmed-mean', 'krum'])
    .default('trimmed-mean')
    .describe('The rule that the vector is crafted against'),
  factor: z
    .number()
    .gt(1)
    .default(2)
    .describe(
      'With form: trimmed-mean and all honest vectors known: bound of the draw, as a multiple of the extreme values',
    ),
}

/**
 * Directed deviation: push every coordinate against s = sign(mean - w), the direction in which honest learning moves
 * it. w is the model of the round before (zero if peers exchange gradients).
 *
 * Fang, Cao, Jia, Gong 2020, https://arxiv.org/abs/1911.11815, sections 3.2 (Krum) and 3.3 (trimmed mean).
 * `form: trimmed-mean`, with all honest vectors known: if s is -1, draw from [max, factor max] if max > 0, else from
 * [max, max / factor]. max is the largest known value of the coordinate. If s is 1, draw from the mirror image below
 * the smallest known value. With only some vectors known, draw from [mean + 3 std, mean + 4 std] or [mean - 4 std,
 * mean - 3 std].
 * `form: krum`: send w - lambda s. lambda starts at the bound of Theorem 1, which sums plain distances. It is halved
 * until Krum picks the vector among n - m honest vectors and m copies, or until it is below 1e-5. Needs n > 2m + 1.
 * Choices: all Byzantine peers send the same vector. A coordinate that honest learning does not move keeps the mean.
 * Krum uses squared distances, and a tie does not count as picked. Code in circulation uses plain distances, counts
 * ties, and takes the honest vector of index m for a Byzantine one. Below 1e-5 the last vector is sent. Unknown honest
 * vectors are drawn (`stand-ins.ts`). O(h d) for h known vectors; O(h^2 d) with Krum.
 */
export const fang = defineAttack({
  name: 'fang',
  summary: 'Against the direction of honest learning, as far as trimmed mean or Krum allows',
  reference: 'https://arxiv.org/abs/1911.11815',
  requires: 'm >= 2; with Krum n > 2b + 1 for b Byzantine peers',
  cost: 'm d; with Krum n^2 d',
  knowledge: ['colluders', 'neighbourhood', 'omniscient'],
  shareable: true,
  parameters,
  minColluders: (_, knowledge) => (knowledge === 'colluders' ? 2 : 1),
  craft(known, { form, factor }, context) {
    const mean = meanOf(knownVectors(known))
    const { previous } = context
    const signs = mean.map((value, k) => Math.sign(value - (previous?.[k] ?? 0)))
    return form === 'krum' ? underKrum(known, signs, context) : beyondTrim(known, mean, signs, factor, context)
  },
  example: { told: { previous: [0, 5] } },
  conformance: [{}, { config: { form: 'krum' } }],
})

function beyondTrim(
  known: Known,
  mean: Float64Array,
  signs: Float64Array,
  factor: number,
  { random }: CraftContext,
): Crafted {
  const vectors = knownVectors(known)
  const everything = 'honest' in known && known.honest.length > 0
  const deviation = everything ? undefined : deviationOf(vectors, mean, 0)
  const output = Float32Array.from(mean, (value, k) => {
    // Drawn for every coordinate, so that a coordinate that stays does not shift later draws.
    const share = random()
    const side = -(signs[k] as number)
    if (side === 0) return value
    if (deviation) return value + side * (3 + share) * (deviation[k] as number)
    // With the axis mirrored, the extreme value is always the maximum.
    const extreme = Math.max(...vectors.map((vector) => side * (vector[k] as number)))
    const far = extreme > 0 ? extreme * factor : extreme / factor
    return side * (extreme + share * (far - extreme))
  })
  return { output }
}

function underKrum(known: Known, signs: Float64Array, context: CraftContext): Crafted {
  const [first] = context.victims
  const target = context.victims.length === 1 && first ? first : { n: context.n, m: context.m }
  const { n, m } = target
  if (n <= 2 * m + 1) throw new RangeError(`fang with form: krum needs n > 2m + 1, got n=${n}, m=${m}`)
  const { vectors } = standIns(known, target, context)
  const d = signs.length
  const start = context.previous ?? new Float32Array(d)
  const between = vectors.map((x) => vectors.map((y) => squaredDistance(x, y)))
  const count = Math.max(1, n - m - 2)
  const others = between.map((row, i) => row.filter((_, j) => j !== i))
  const closest = Math.min(...others.map((row) => nearest(row.map(Math.sqrt), count)))
  const farthest = Math.max(...vectors.map((x) => Math.sqrt(squaredDistance(x, start))))
  let lambda = closest / ((n - 2 * m - 1) * Math.sqrt(d)) + farthest / Math.sqrt(d)
  for (;;) {
    const output = Float32Array.from(start, (value, k) => value - lambda * (signs[k] as number))
    const away = vectors.map((x) => squaredDistance(x, output))
    const own = nearest([...Array.from({ length: m - 1 }, () => 0), ...away], count)
    const copies = (distance: number): number[] => Array.from({ length: m }, () => distance)
    const picked = others.every((row, i) => own < nearest([...row, ...copies(away[i] as number)], count))
    if (picked || lambda < 1e-5) return { output, z: lambda }
    lambda /= 2
  }
}

/** Sum of the `count` smallest distances. */
function nearest(distances: readonly number[], count: number): number {
  return [...distances]
    .sort((a, b) => a - b)
    .slice(0, count)
    .reduce((sum, value) => sum + value, 0)
}
