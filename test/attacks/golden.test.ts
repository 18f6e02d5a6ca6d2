import { describe, expect, test } from 'vitest'
import type { Known } from '#attacks/attack.ts'
import { attacks } from '#attacks/registry.ts'
import { disagreement, goldenAttacks } from '../vectors/byzfl.ts'

const entries = goldenAttacks()

describe('ByzFL', () => {
  test('has entries for every attack, all finite', () => {
    expect([...new Set(entries.map(({ request }) => request.attack.name))].sort()).toEqual(
      attacks.map(({ name }) => name).sort(),
    )
    expect(entries.every(({ nonFinite }) => !nonFinite)).toBe(true)
  })

  test.each(entries)('agrees to 1e-5 on $title', ({ request, output }) => {
    const honest = (request.honest as readonly (readonly number[])[]).map((row) => Float32Array.from(row))
    const attack = attacks.find(({ name }) => name === request.attack.name)?.configure(request.attack)
    const known: Known =
      attack?.knowledge === 'omniscient' ? { colluders: [], heard: [], honest } : { colluders: honest }
    const context = { round: 0, n: request.n, m: request.m, victims: [], random: () => 0 }
    const crafted = attack?.craft(known, context).output
    expect(disagreement(crafted as Float32Array, output as number[])).toBeLessThanOrEqual(1)
  })
})
