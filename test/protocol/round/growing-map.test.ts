import fc from 'fast-check'
import { expect, test } from 'vitest'
import { grown } from '#protocol/round/growing-map.ts'

test('no version changes when another one grows', () => {
  const empty: ReadonlyMap<number, string> = new Map()
  const one = grown(empty, 1, 'a')
  const two = grown(one, 2, 'b')
  const other = grown(one, 3, 'c')
  expect([...empty]).toEqual([])
  expect([...one]).toEqual([[1, 'a']])
  expect([...two.keys(), ...two.values()]).toEqual([1, 2, 'a', 'b'])
  expect([...other.entries()]).toEqual([
    [1, 'a'],
    [3, 'c'],
  ])
  expect([two.has(3), other.has(2), one.get(2), two.get(2), one.size, two.size]).toEqual([
    false,
    false,
    undefined,
    'b',
    1,
    2,
  ])
  expect(() => grown(two, 2, 'again')).toThrow('already has 2')
})

test('any version grows like a copied map', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(20), fc.nat()), { maxLength: 40 }), (steps) => {
      const versions: ReadonlyMap<number, number>[] = [new Map([[99, 1]])]
      const copies: ReadonlyMap<number, number>[] = [new Map([[99, 1]])]
      for (const [from, key, value] of steps) {
        const at = from % versions.length
        const [version, copy] = [versions[at], copies[at]] as [ReadonlyMap<number, number>, ReadonlyMap<number, number>]
        if (copy.has(key)) continue
        versions.push(grown(version, key, value))
        copies.push(new Map(copy).set(key, value))
      }
      versions.forEach((version, i) => {
        const seen: [number, number][] = []
        version.forEach((value, key) => {
          seen.push([key, value])
        })
        expect(seen).toEqual([...(copies[i] ?? [])])
        expect(version.size).toBe(copies[i]?.size)
        for (let key = 0; key <= 20; key++) expect(version.get(key)).toBe(copies[i]?.get(key))
      })
    }),
  )
})
