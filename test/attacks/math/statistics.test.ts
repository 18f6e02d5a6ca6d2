import fc from 'fast-check'
import { expect, test } from 'vitest'
import { squaredDistance } from '#aggregation/math/distances.ts'
import { supporters } from '#attacks/math/observed.ts'
import { selectRank, squaredDistancesTo } from '#attacks/math/statistics.ts'

const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true }))
const vectorsOf = (d: number, most: number) =>
  fc.array(
    fc
      .array(fc.float({ noNaN: true, min: -8, max: 8 }), { minLength: d, maxLength: d })
      .map((v) => Float32Array.from(v)),
    { minLength: 1, maxLength: most },
  )

test('the number at a rank is that of sorting, and smaller ones come before it', () => {
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 60 }), fc.nat(), fc.nat(), (numbers, cut, place) => {
      const count = 1 + (cut % numbers.length)
      const rank = place % count
      const room = Float64Array.from(numbers)
      const sorted = Float64Array.from(numbers.slice(0, count)).sort()
      const found = selectRank(room, count, rank)
      expect(found + 0).toBe((sorted[rank] as number) + 0)
      expect(room.slice(0, rank).every((value) => value <= found)).toBe(true)
      expect([...room.slice(count)]).toEqual(numbers.slice(count))
    }),
  )
})

test('distances of many vectors are those of each, bit for bit', () => {
  fc.assert(
    fc.property(vectorsOf(5, 11), (vectors) => {
      const centre = Float64Array.from({ length: 5 }, (_, k) => (vectors[0]?.[k] as number) / 3)
      expect(squaredDistancesTo(vectors, centre)).toEqual(vectors.map((vector) => squaredDistance(vector, centre)))
    }),
  )
})

test('supporters of many vectors are the sum of those of each', () => {
  fc.assert(
    fc.property(vectorsOf(5, 11), fc.double({ min: 0, max: 2, noNaN: true }), (vectors, z) => {
      const spread = { mean: new Float64Array(5).fill(0.5), deviation: Float64Array.of(1, 2, 3, 0, 4) }
      const each = vectors.map((vector) => supporters([vector], -1, z, spread))
      const sum = each.reduce((total, value) => total + value, 0)
      expect(supporters(vectors, -1, z, spread)).toBeCloseTo(sum, 9)
    }),
  )
})
