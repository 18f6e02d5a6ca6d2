import { expect, test } from 'vitest'
import { datasets } from '#learning/datasets/registry.ts'
import { twoTerms } from '#learning/engines/two-terms.ts'
import { normalisationTable } from '#learning/training/examples.ts'

test('two terms reproduce the pixel table of every data set, bit for bit', () => {
  for (const { name, normalisation } of datasets) {
    const table = normalisationTable({ normalisation })
    const terms = twoTerms(table, normalisation)
    expect(terms, name).toBeDefined()
    const [a, b, c, d] = terms as unknown as [number, number, number, number]
    const { fround } = Math
    table.forEach((wanted, x) => {
      expect(fround(fround(fround(x * a) + b) + fround(fround(x * c) + d))).toBe(wanted)
    })
  }
})

test('a table that is not linear has no two terms', () => {
  const bent = Float32Array.from({ length: 256 }, (_, x) => (x / 255) ** 2)
  expect(twoTerms(bent, { mean: 0, deviation: 1 })).toBeUndefined()
})
