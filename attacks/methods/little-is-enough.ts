import * as z from 'zod'
import { type CraftContext, type Crafted, defineAttack, type Known } from '../attack.ts'
import { displacementOf } from '../math/displacement.ts'
import { honestByPeer, knownVectors } from '../math/known.ts'
import { lineSearch, searchParameters } from '../math/line-search.ts'
import { deviationOf, meanOf } from '../math/statistics.ts'
import { zMax } from '../math/z-max.ts'

const parameters = {
  z: z
    .union([z.number(), z.enum(['paper', 'optimised'])])
    .default('paper')
    .describe(
      "Distance from the centre in standard deviations; paper: z_max of Algorithm 3, from n and m; optimised: a line search against the victims' rule",
    ),
  scope: z
    .enum(['experiment', 'victim'])
    .default('experiment')
    .describe("Source of n and m for z: paper: the whole experiment, or the victim's neighbourhood"),
  centre: z
    .enum(['mean', 'victim'])
    .default('mean')
    .describe("Where the deviation starts: the mean of the known vectors, or the victim's own vector as received"),
  sign: z
    .union([z.literal(-1), z.literal(1)])
    .default(-1)
    .describe('Side of the centre: -1 as in the paper, 1 as in ByzFL'),
  ddof: z
    .union([z.literal(0), z.literal(1)])
    .default(0)
    .describe("Standard deviation over m vectors (0, the authors' code) or m - 1 (1, ByzFL)"),
  whenNonPositive: z
    .union([z.enum(['optimise', 'null', 'mirror']), z.number()])
    .default('optimise')
    .describe(
      'If z: paper is 0 or less: optimise searches for z; null sends the centre; mirror uses z unchanged; a number replaces z',
    ),
  search: searchParameters,
}
type Parameters = z.output<z.ZodObject<typeof parameters>>

/**
 * A Little Is Enough: centre + sign z std in every coordinate. It is close enough to pass for an honest vector, and far
 * enough to stop learning.
 *
 * Baruch, Baruch, Goldberg 2019, https://arxiv.org/abs/1902.06156, Algorithm 3: sign minus, statistics over the
 * colluders' own honest vectors.
 * Choices: standard deviations divide by m, as in the authors' code. With wider knowledge, statistics run over
 * colluders and received vectors, or over all honest vectors. A vector for several victims takes the smallest of their
 * z. With one known vector there is no deviation, and that vector is sent (z 0). If the victim's vector is unknown, the
 * mean replaces it. O(m d) time, O(d) memory.
 *
 * `z: optimised` runs a line search for the z that moves the victims' aggregate farthest (`displacement.ts`). `scope:
 * experiment` without victims searches against n and m. If `z: paper` gives 0 or less, z is searched in the same way,
 * or is 0 if the victims' rule is unknown. Each evaluation costs one aggregation for each kind of victim.
 */
export const littleIsEnough = defineAttack({
  name: 'little-is-enough',
  summary: 'The mean of the known vectors, moved by z standard deviations in every coordinate',
  reference: 'https://arxiv.org/abs/1902.06156',
  requires: 'm >= 2',
  cost: 'm d; a search: one aggregation per evaluation',
  knowledge: ['colluders', 'neighbourhood', 'omniscient'],
  shareable: true,
  parameters,
  minColluders: (_, knowledge) => (knowledge === 'colluders' ? 2 : 1),
  refuse({ centre }, { knowledge, delivery }) {
    if (centre !== 'victim') return
    if (knowledge === 'colluders') return 'with centre: victim needs knowledge: neighbourhood, got colluders'
    if (delivery !== 'per-victim') return `with centre: victim needs delivery: per-victim, got ${delivery}`
  },
  craft(known, options, context) {
    const vectors = knownVectors(known)
    const mean = meanOf(vectors)
    const centre = (options.centre === 'victim' && vectorOfVictim(known, context)) || mean
    const policy = policyOf(options, context)
    if (vectors.length < 2) return { output: new Float32Array(centre), z: 0 }
    const deviation = deviationOf(vectors, mean, options.ddof)
    const move = (factor: number): Float64Array => {
      const step = options.sign * factor
      const moved = new Float64Array(centre.length)
      for (let k = 0; k < moved.length; k++) moved[k] = (centre[k] as number) + step * (deviation[k] as number)
      return moved
    }
    if (policy !== 'search') return { output: new Float32Array(move(policy)), z: policy }
    return searched(move, displacementOf(known, context, 'little-is-enough'), options)
  },
  harmlessAtZero: true,
  example: { options: { z: 'optimised' }, told: { aggregation: { name: 'trimmed-mean', f: 1 } } },
  conformance: [
    {},
    { config: { z: 1.5 } },
    { config: { z: 'paper', scope: 'victim', whenNonPositive: 'mirror' } },
    { config: { z: 1, ddof: 1, sign: 1 } },
    { config: { z: 'optimised' } },
    {
      title: 'around the victim',
      config: { z: 1, centre: 'victim', delivery: 'per-victim' },
      knowledge: ['neighbourhood'],
    },
  ],
})

/** The z of this vector, or `search`. Throws RangeError if the formula has no z. */
function policyOf({ z, scope, whenNonPositive }: Parameters, context: CraftContext) {
  if (z === 'optimised') return 'search' as const
  if (z !== 'paper') return z
  const { n, m, pipeline } = context
  const groups = scope === 'victim' && context.victims.length > 0 ? context.victims : [{ n, m }]
  const smallest = Math.min(...groups.map((group) => zMax(group.n, group.m)))
  if (smallest > 0) return smallest
  if (whenNonPositive === 'optimise') return pipeline ? ('search' as const) : 0
  if (whenNonPositive === 'null') return 0
  if (whenNonPositive !== 'mirror') return whenNonPositive
  if (smallest === -Infinity)
    throw new RangeError('little-is-enough has no z to mirror for n=2: give whenNonPositive another value')
  return smallest
}

function searched(
  move: (factor: number) => Float64Array,
  gain: (crafted: Float64Array) => number,
  { search }: Parameters,
): Crafted {
  const { z: factor, trace } = lineSearch((tried) => gain(move(tried)), search)
  return { output: new Float32Array(move(factor)), z: factor, trace }
}

function vectorOfVictim(known: Known, context: CraftContext): Float32Array | undefined {
  return honestByPeer(known, context).get(context.victims[0]?.peer ?? -1)
}
