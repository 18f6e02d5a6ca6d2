import { describe, expect, test } from 'vitest'
import { aggregateLine } from '#harness/filters/aggregate.ts'
import { craftLine } from '#harness/filters/craft.ts'
import { disagreement } from '../../vectors/byzfl.ts'
import vectors from '../../vectors/originals.json' with { type: 'json' }

interface Entry {
  readonly source: string
  readonly aggregate?: { readonly rule: { readonly name: string } }
  readonly craft?: { readonly attack: { readonly name: string } }
  readonly output?: readonly number[]
  /** Minimum and maximum of each coordinate, for attacks that draw. */
  readonly between?: readonly [readonly number[], readonly number[]]
  readonly z?: number
}

const entries = (vectors.entries as unknown as readonly Entry[]).map((entry, at) => {
  const name = (entry.aggregate?.rule ?? entry.craft?.attack)?.name
  return { ...entry, name, title: `${at}: ${name} of ${entry.source}` }
})

describe('original code', () => {
  test('of every method that the other files leave out', () => {
    expect([...new Set(entries.map(({ name }) => name))].sort()).toEqual([
      'bridge',
      'dissensus',
      'fang',
      'inner-product-manipulation',
      'little-is-enough',
      'min-max',
      'min-sum',
      'sketchguard',
      'spectral',
      'trimmed-mean',
    ])
  })

  test.each(entries)('agrees to 1e-5 on $title', ({ aggregate, craft, output, between, z }) => {
    const answer = (aggregate ? aggregateLine(aggregate) : craftLine(craft)) as { output: number[]; z?: number }
    if (output) expect(disagreement(Float32Array.from(answer.output), output)).toBeLessThanOrEqual(1)
    if (z !== undefined) expect(Math.abs((answer.z as number) - z)).toBeLessThanOrEqual(1e-5 * z)
    if (!between) return
    const [least, greatest] = between
    answer.output.forEach((value, k) => {
      const rounding = 1e-6 * Math.abs(value)
      expect(value).toBeGreaterThanOrEqual((least[k] as number) - rounding)
      expect(value).toBeLessThanOrEqual((greatest[k] as number) + rounding)
    })
  })

  test.each(vectors.wfagg)('agrees to 1e-5 on $rounds.length rounds of wfagg, f=$rule.f', ({ rule, own, rounds }) => {
    let state: unknown
    for (const { inputs, output } of rounds) {
      const answer = aggregateLine({ rule, own, inputs, ...(state ? { state } : {}) }) as {
        output: number[]
        state: unknown
      }
      expect(disagreement(Float32Array.from(answer.output), output)).toBeLessThanOrEqual(1)
      state = answer.state
    }
  })
})
