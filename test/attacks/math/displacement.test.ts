import { expect, test } from 'vitest'
import { configurePipeline } from '#aggregation/pipeline.ts'
import type { CraftContext, Known } from '#attacks/attack.ts'
import { displacementOf } from '#attacks/math/displacement.ts'
import { littleIsEnough } from '#attacks/methods/little-is-enough.ts'

const average = (n: number) => configurePipeline({ name: 'average' }, n)
const context: CraftContext = { round: 0, n: 4, m: 1, victims: [], random: () => 0.5, pipeline: average }
const known: Known = { colluders: [Float32Array.of(1), Float32Array.of(2), Float32Array.of(3)] }

test('is the distance of the aggregate from the honest mean', () => {
  // (1 + 2 + 3 + 10) / 4 = 4, and the honest mean is 2.
  expect(displacementOf(known, context, 'test')(Float64Array.of(10))).toBe(2)
})

test('is averaged over the victims, each with its own n and m', () => {
  const victims = [
    { peer: 0, n: 4, m: 1 },
    { peer: 1, n: 4, m: 2 },
  ]
  // With two Byzantine peers beside 1 and 2: (1 + 2 + 10 + 10) / 4 = 5.75, the mean is 1.5.
  expect(displacementOf(known, { ...context, victims }, 'test')(Float64Array.of(10))).toBe((2 + 4.25) / 2)
})

test("uses the victim's own neighbours if they are known", () => {
  const honest = [Float32Array.of(0), Float32Array.of(8), Float32Array.of(100)]
  const row = (...members: number[]) => ({ members, weights: members.map(() => 1 / members.length) })
  const graph = { rows: [row(0, 1, 3), row(0, 1, 2, 3), row(1, 2, 3), row(0, 1, 2, 3)], byzantine: [3] }
  const omniscient: Known = { colluders: [Float32Array.of(0)], heard: [], honest }
  const at = { ...context, graph, victims: [{ peer: 0, n: 3, m: 1 }] }
  // Peer 0 averages 0, 8 and the crafted 10 to 6; its honest mean is 4.
  expect(displacementOf(omniscient, at, 'test')(Float64Array.of(10))).toBe(2)
})

test('draws unknown honest neighbours: at the median draw they are the mean', () => {
  const gain = displacementOf(known, { ...context, n: 6 }, 'test')(Float64Array.of(8))
  // 1, 2, 3 and twice 2; then (10 + 8) / 6 = 3.
  expect(gain).toBe(1)
})

test('needs the rule', () => {
  const { pipeline: _, ...without } = context
  expect(() => displacementOf(known, without, 'test')).toThrow("test needs the victim's rule to search for its factor")
})

test('z: optimised maximises it, and so does z: paper if the formula gives 0 or less and the rule is known', () => {
  const median = (n: number) => configurePipeline({ name: 'median' }, n)
  const vectors = [1, 2, 3, 4, 5].map((value) => Float32Array.of(value))
  const craft = (values: object, facts: Partial<CraftContext> = {}) =>
    littleIsEnough
      .configure({ name: 'little-is-enough', ...values })
      .craft({ colluders: vectors }, { ...context, n: 6, m: 1, pipeline: median, ...facts })
  // The median of 1..5 and any value below 2 is 2.5.
  const searched = craft({ z: 'optimised' })
  expect(searched.z).toBe(10)
  expect(searched.trace).toHaveLength(20)
  expect(searched.trace?.[1]?.gain).toBe(0.5)
  expect(craft({ z: 'paper' })).toEqual(searched)
  expect(craft({ z: 'paper', whenNonPositive: 'null' }).z).toBe(0)
  expect(craft({ z: 'paper', search: { evaluations: 2, delta: 3 } }).z).toBe(3)
})
