import { z } from 'zod'
import { configurePipeline } from '#aggregation/pipeline.ts'
import type { ConfiguredAttack, CraftContext, Known } from '#attacks/attack.ts'
import { attacks } from '#attacks/registry.ts'
import { randomStream } from '#learning/random.ts'
import { encode, inOneLine, matrix, method, parseRequest, vector, vectorOf, vectorsOf } from './request.ts'

const craftRequest = z.strictObject({
  attack: method.describe('The attack and its options'),
  honest: matrix.describe(
    "With knowledge: colluders, the colluders' own honest vectors; else those of the honest peers 0, 1, ..",
  ),
  n: z.int().min(1).describe('Peers'),
  m: z.int().min(0).describe('Byzantine peers among them'),
  aggregation: method.optional().describe("The victim's rule, for attacks tuned against one"),
  before: z.array(method).default([]).describe('Pre-aggregators before that rule'),
  victim: z.int().min(0).optional().describe('Row of honest that the vector is crafted for'),
  previous: vector.optional().describe("The rule's previous output, for attacks tuned against one with memory"),
  seed: z.int().min(0).default(1).describe('Of the draws of attacks that draw'),
})

/**
 * One line of `hearsay craft`: `{ attack, honest, n, m, aggregation, before, victim, previous, seed }` to
 * `{ output, z }`, z only for attacks that have one. n and m are those of the experiment and of the victim's
 * neighbourhood alike. Throws RangeError with one line for what is refused.
 */
export function craftLine(request: unknown): unknown {
  const { attack, honest, n, m, aggregation, before, victim, previous, seed } = parseRequest(craftRequest, request)
  const configured = inOneLine(() => configureAttack(attack))
  const vectors = vectorsOf('honest', honest)
  if (previous) vectorOf('previous', previous, honest[0]?.length ?? 0)
  if (before.length > 0 && !aggregation) throw new RangeError('before: pre-aggregators stand before an aggregation')
  if (aggregation) inOneLine(() => configurePipeline({ ...aggregation, before }, n))
  if (configured.knowledge === 'colluders') {
    if (vectors.length < configured.leastColluders) {
      throw new RangeError(
        `${configured.name} needs at least ${configured.leastColluders} colluders' vectors, got ${vectors.length}`,
      )
    }
  } else if (victim === undefined ? configured.delivery === 'per-victim' : victim >= vectors.length) {
    throw new RangeError(`victim: needs a row of honest, 0 to ${vectors.length - 1}, got ${victim}`)
  }
  const context: CraftContext = {
    round: 0,
    n,
    m,
    victims: victim === undefined ? [] : [{ peer: victim, n, m }],
    random: randomStream(seed, 'attack', -1, 0),
  }
  const { output, z: factor } = configured.craft(knownAs(configured, vectors), context)
  return { output: output && encode(output), ...(factor === undefined ? {} : { z: factor }) }
}

function configureAttack(values: { readonly name: string }): ConfiguredAttack {
  const found = attacks.find((candidate) => candidate.name === values.name)
  if (found) return found.configure(values)
  throw new RangeError(
    `unknown attack ${values.name}; known are ${attacks.map((candidate) => candidate.name).join(', ')}`,
  )
}

function knownAs({ knowledge }: ConfiguredAttack, vectors: readonly Float32Array[]): Known {
  if (knowledge === 'colluders') return { colluders: vectors }
  const heard = vectors.map((row, peer) => ({ peer, vector: row }))
  return knowledge === 'neighbourhood' ? { colluders: [], heard } : { colluders: [], heard, honest: vectors }
}
