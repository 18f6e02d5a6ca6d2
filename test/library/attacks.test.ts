import { expect, test } from 'vitest'
import { attacks as declared } from '#attacks/registry.ts'
import { randomStream } from '#learning/random.ts'
import * as attacks from '#library/attacks.ts'
import { fang, innerProductManipulation, littleIsEnough, mimic, minMax, nonFinite, stall } from '#library/attacks.ts'
import { centeredClipping, krum } from '#library/rules.ts'

const vectors = (n: number, d = 5): Float32Array[] => {
  const random = randomStream(7, 'library', n, d)
  return Array.from({ length: n }, () => Float32Array.from({ length: d }, () => 2 * random() - 1))
}

test('the library has every attack of the registry that crafts by itself', () => {
  const names = Object.values(attacks).map((make) => {
    try {
      ;(make as (parameters: object) => unknown)({ noSuchKey: 1 })
    } catch (error) {
      return (error as Error).message.split(':')[0]
    }
    return 'the factory took an unknown key'
  })
  const single = declared.map(({ name }) => name).filter((name) => name !== 'mixed')
  expect(names.sort()).toEqual([...single].sort())
})

test('A Little Is Enough moves the mean by z standard deviations', () => {
  const crafted = littleIsEnough({ z: 1.5 })([
    [1, 10],
    [3, 10],
  ])
  expect(crafted).toEqual(Float32Array.of(2 - 1.5, 10))
})

test('with options an attack returns its factor and the factors that a search tried', () => {
  const { output, z } = littleIsEnough()(vectors(24), { n: 51, m: 24 })
  expect(z).toBeCloseTo(1.4461, 4)
  expect(output).toBeInstanceOf(Float32Array)
  const searched = littleIsEnough({ z: 'optimised' })(vectors(4), { n: 20, rule: krum({ f: 4 }) })
  expect(searched.trace?.length).toBeGreaterThan(5)
})

test('m is the number of the colluders by default', () => {
  expect(littleIsEnough()(vectors(24), { n: 51 })).toEqual(littleIsEnough()(vectors(24), { n: 51, m: 24 }))
})

test('a rule whose state is its output starts from the previous model', () => {
  const search = minMax()
  expect(search(vectors(6), { n: 20, rule: centeredClipping(), previous: new Float32Array(5) }).output).toHaveLength(5)
  const fangAt = (previous: Float32Array) =>
    fang({ form: 'krum' })(vectors(3), { n: 9, m: 3, rule: krum({ f: 2 }), previous })
  expect(fangAt(new Float32Array(5)).output).not.toEqual(fangAt(new Float32Array(5).fill(9)).output)
})

test('an attack that sends nothing returns null, and inputs stay as they are', () => {
  expect(stall()(vectors(3))).toSatisfy((output) => output === null || output instanceof Float32Array)
  expect(nonFinite()(vectors(3))).toSatisfy((output: Float32Array) => output.some((value) => !Number.isFinite(value)))
  const given = vectors(4)
  const before = given.map((vector) => vector.slice())
  innerProductManipulation()(given)
  expect(given).toEqual(before)
})

test.each([
  [
    'n is missing',
    () => littleIsEnough()(vectors(4)),
    'little-is-enough: n: is missing; little-is-enough depends on the number of peers at these parameters',
  ],
  [
    'too few colluders',
    () => littleIsEnough({ z: 1 })(vectors(1)),
    "little-is-enough: vectors: little-is-enough needs at least 2 colluders' vectors, got 1",
  ],
  [
    'more Byzantine peers than peers',
    () => littleIsEnough()(vectors(4), { n: 4, m: 4 }),
    'little-is-enough: m: must be less than n=4, got 4',
  ],
  [
    'half a peer',
    () => littleIsEnough()(vectors(4), { n: 4.5 }),
    'little-is-enough: n: must be a whole number, at least 0, got 4.5',
  ],
  ['an unknown key', () => littleIsEnough({ zz: 1 } as never), /^little-is-enough: zz: there is no such key; /],
  [
    'incompatible parameters',
    () => littleIsEnough({ centre: 'victim' }),
    /^little-is-enough with centre: victim needs knowledge: neighbourhood, got colluders$/,
  ],
  [
    'a target beyond the colluders',
    () => mimic({ target: 7 })(vectors(5)),
    "mimic: vectors: mimic needs at least 8 colluders' vectors, got 5",
  ],
  [
    'something else as a rule',
    () => littleIsEnough()(vectors(4), { n: 9, rule: {} as never }),
    'little-is-enough: rule: must be a rule, such as krum({ f: 1 })',
  ],
  [
    'a victim that is missing',
    () => littleIsEnough({ knowledge: 'omniscient', delivery: 'per-victim' })(vectors(4), { n: 6, m: 2 }),
    'little-is-enough: victim: is missing; little-is-enough crafts for one victim, a row of vectors, 0 to 3',
  ],
])('%s is one line', (_, run, message) => {
  expect(run).toThrow(RangeError)
  expect(run).toThrow(
    typeof message === 'string' ? new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) : message,
  )
})
