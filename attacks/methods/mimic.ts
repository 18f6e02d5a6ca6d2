import * as z from 'zod'
import { type AttackState, type CraftContext, defineAttack, type Known } from '../attack.ts'
import { knownVectors, ownVector } from '../math/known.ts'
import { normal } from '../math/stand-ins.ts'
import { meanOf } from '../math/statistics.ts'

/**
 * Mimic: all Byzantine peers copy one honest peer, so that the other peers' data is under-represented. Nothing in a
 * single round reveals them.
 *
 * Karimireddy, He, Jaggi 2022, https://arxiv.org/abs/2006.09365 (the mimic attack and its warm-up). `target: heuristic`
 * follows the direction z of greatest variance by a running power iteration, in warm-up rounds t = 0, 1, ... From a
 * normal draw: mu <- (t mu + mean) / (1 + t), z <- (t z + sum_i (x_i - mu) <x_i - mu, z>) / (1 + t), normalised. It
 * copies the i with the largest <z, x_i>, which stays the target after the warm-up.
 * Choices: a fixed target is a position among the known vectors. With knowledge: neighbourhood it is a peer index, and
 * the crafting peer sends its own vector until it has received that peer's. The heuristic's target is a position among
 * the known vectors. O(m d) time, O(d) memory.
 */
export const mimic = defineAttack({
  name: 'mimic',
  summary: 'A copy of one honest vector',
  reference: 'https://arxiv.org/abs/2006.09365',
  requires: 'm >= 1',
  cost: 'm d',
  knowledge: ['colluders', 'neighbourhood', 'omniscient'],
  parameters: {
    target: z
      .union([z.int().min(0), z.literal('heuristic')])
      .default('heuristic')
      .describe('The known vector to copy; heuristic: the one farthest along the direction of greatest variance'),
    warmup: z.int().min(1).default(10).describe('Rounds in which the heuristic searches for its target'),
  },
  minColluders: ({ target }, knowledge) => (knowledge === 'colluders' && target !== 'heuristic' ? target + 1 : 1),
  craft(known, { target, warmup }, context) {
    if (target !== 'heuristic') return { output: fixed(known, target, context).slice() }
    const vectors = knownVectors(known)
    const { rounds = 0, chosen = 0 } = (context.state ?? {}) as { rounds?: number; chosen?: number }
    if (rounds >= warmup) {
      return { output: (vectors[chosen] ?? ownVector(known, context)).slice(), ...kept(context.state) }
    }
    const state = follow(vectors, rounds, context)
    return { output: (vectors[state.chosen] as Float32Array).slice(), state }
  },
  conformance: [{}, { config: { target: 1 } }],
})

function fixed(known: Known, target: number, context: CraftContext): Float32Array {
  if ('heard' in known && !('honest' in known)) {
    return known.heard.find(({ peer }) => peer === target)?.vector ?? ownVector(known, context)
  }
  const vectors = knownVectors(known)
  const found = vectors[target]
  if (!found) throw new RangeError(`mimic needs a target among the ${vectors.length} known vectors, got ${target}`)
  return found
}

function kept(state: AttackState | undefined): { readonly state?: AttackState } {
  return state ? { state } : {}
}

/** One step of the power iteration, and the position of the vector to copy. */
function follow(vectors: readonly Float32Array[], rounds: number, { state, random }: CraftContext) {
  const present = meanOf(vectors)
  const before = state?.mu as Float32Array | undefined
  const mu = Float32Array.from(present, (value, k) => (rounds * (before?.[k] ?? 0) + value) / (1 + rounds))
  const z = (state?.z as Float32Array | undefined) ?? Float32Array.from(present, () => normal(random))
  const next = Float64Array.from(z, (value) => (rounds * value) / (1 + rounds))
  for (const vector of vectors) {
    let along = 0
    for (let k = 0; k < mu.length; k++) along += ((vector[k] as number) - (mu[k] as number)) * (z[k] as number)
    for (let k = 0; k < mu.length; k++) {
      const away = (vector[k] as number) - (mu[k] as number)
      next[k] = (next[k] as number) + (away * along) / (1 + rounds)
    }
  }
  const norm = Math.sqrt(next.reduce((sum, value) => sum + value * value, 0))
  const direction = norm > 0 ? Float32Array.from(next, (value) => value / norm) : z
  const scores = vectors.map((vector) => vector.reduce((sum, value, k) => sum + value * (direction[k] as number), 0))
  return { mu, z: direction, rounds: rounds + 1, chosen: scores.indexOf(Math.max(...scores)) }
}
