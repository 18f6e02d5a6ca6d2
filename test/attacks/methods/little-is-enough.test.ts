import { expect, test } from 'vitest'
import type { CraftContext, Known } from '#attacks/attack.ts'
import { littleIsEnough } from '#attacks/methods/little-is-enough.ts'

const vectors = (...rows: number[][]) => rows.map((row) => Float32Array.from(row))
const context: CraftContext = { round: 0, n: 50, m: 24, victims: [], random: () => 0 }
const craft = (values: object, known: Known, facts: Partial<CraftContext> = {}) => {
  const { output, z } = littleIsEnough.configure({ name: 'little-is-enough', ...values }).craft(known, {
    ...context,
    ...facts,
  })
  return { output: output && [...output], z }
}
/** Means 2 and 5, population deviations 1 and 3. */
const pair: Known = { colluders: vectors([1, 2], [3, 8]) }

test('sends the mean minus z deviations of the colluders', () => {
  expect(craft({ z: 1.5 }, pair)).toEqual({ output: [0.5, 0.5], z: 1.5 })
})

test('goes up with sign 1, further with ddof 1', () => {
  expect(craft({ z: 2, sign: 1 }, pair).output).toEqual([4, 11])
  expect(craft({ z: 2, sign: 1, ddof: 1 }, { colluders: vectors([1], [4], [7]) }).output).toEqual([10])
})

test('takes z from the formula by default', () => {
  expect(craft({}, pair).z).toBeCloseTo(1.426, 3)
})

test('if the formula gives 0 or less, sends the mean, the mirrored attack, or uses a given z', () => {
  const small = { n: 8, m: 1 }
  expect(craft({}, pair, small)).toEqual({ output: [2, 5], z: 0 })
  expect(craft({ whenNonPositive: 'mirror' }, pair, small).z).toBeCloseTo(-0.18, 3)
  expect(craft({ whenNonPositive: 0.5 }, pair, small)).toEqual({ output: [1.5, 3.5], z: 0.5 })
  expect(() => craft({ whenNonPositive: 'mirror' }, pair, { n: 2, m: 1 })).toThrow(RangeError)
})

test('refuses the formula for a Byzantine majority', () => {
  expect(() => craft({}, pair, { n: 16, m: 11 })).toThrow(/Byzantine peers, got n=16, m=11/)
})

test("scope victim puts the victims' own n and m into the formula and takes the smallest z", () => {
  const victims = [
    { peer: 1, n: 25, m: 11 },
    { peer: 2, n: 25, m: 5 },
  ]
  expect(craft({ scope: 'victim' }, pair, { victims }).z).toBeCloseTo(0.2533, 4)
  expect(craft({ scope: 'victim' }, pair, { victims: victims.slice(0, 1) }).z).toBeCloseTo(1.0676, 4)
  expect(craft({ scope: 'experiment' }, pair, { victims }).z).toBeCloseTo(1.426, 3)
})

test('takes its statistics from neighbours too, or from all honest vectors, as its knowledge allows', () => {
  const heard = [{ peer: 4, vector: Float32Array.of(5, 5) }]
  expect(craft({ z: 0, knowledge: 'neighbourhood' }, { ...pair, heard }).output).toEqual([3, 5])
  const honest = vectors([10, 0], [20, 0])
  expect(craft({ z: 1, knowledge: 'omniscient' }, { ...pair, heard, honest }).output).toEqual([10, 0])
})

test("centre victim starts from the victim's vector, or from the mean if that is unknown", () => {
  const values = { z: 1, centre: 'victim', knowledge: 'neighbourhood', delivery: 'per-victim' }
  const victims = [{ peer: 4, n: 5, m: 2 }]
  const heard = [{ peer: 4, vector: Float32Array.of(2, 5) }]
  const steps = craft(values, { ...pair, heard }, { victims }).output
  expect(steps).toEqual([Math.fround(2 - Math.sqrt(2 / 3)), Math.fround(5 - Math.sqrt(6))])
  expect(craft(values, { ...pair, heard: [] }, { victims }).output).toEqual([1, 2])
})

test('centre victim needs neighbourhood knowledge and per-victim delivery', () => {
  const configure = (values: object) => () => littleIsEnough.configure({ name: 'little-is-enough', ...values })
  expect(configure({ centre: 'victim', delivery: 'per-victim' })).toThrow(
    'little-is-enough with centre: victim needs knowledge: neighbourhood, got colluders',
  )
  expect(configure({ centre: 'victim', knowledge: 'neighbourhood' })).toThrow(
    'little-is-enough with centre: victim needs delivery: per-victim, got broadcast',
  )
})

test('needs two colluders, or neighbourhood knowledge; alone it sends its own vector', () => {
  expect(littleIsEnough.configure({ name: 'little-is-enough' }).minColluders).toBe(2)
  expect(littleIsEnough.configure({ name: 'little-is-enough', knowledge: 'neighbourhood' }).minColluders).toBe(1)
  expect(craft({ z: 3, ddof: 1 }, { colluders: vectors([1, 2]) })).toEqual({ output: [1, 2], z: 0 })
})
