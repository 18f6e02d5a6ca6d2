import { expect, test } from 'vitest'
import type { AttackState, CraftContext } from '#attacks/attack.ts'
import { labelFlip } from '#attacks/methods/label-flip.ts'
import { nonFinite } from '#attacks/methods/non-finite.ts'
import { replay } from '#attacks/methods/replay.ts'
import { stall } from '#attacks/methods/stall.ts'
import { zero } from '#attacks/methods/zero.ts'
import { attacks } from '#attacks/registry.ts'

const known = { colluders: [Float32Array.of(1, 2), Float32Array.of(3, 4)] }
const context: CraftContext = { round: 0, n: 6, m: 2, victims: [], random: () => 0.5, own: 1 }

test('zero sends zeros', () => {
  expect(zero.configure({ name: 'zero' }).craft(known, context)).toEqual({ output: Float32Array.of(0, 0) })
})

test("non-finite sends NaN everywhere, or Infinity in the first coordinate of the peer's own vector", () => {
  const craft = (values: object) => nonFinite.configure({ name: 'non-finite', ...values }).craft(known, context).output
  expect([...(craft({}) ?? [])]).toEqual([Number.NaN, Number.NaN])
  expect([...(craft({ value: 'Infinity', where: 'first' }) ?? [])]).toEqual([Infinity, 4])
})

test("label-flip poisons the training and sends the peer's own vector", () => {
  const attack = labelFlip.configure({ name: 'label-flip' })
  expect(attack.flipsLabels(0)).toBe(true)
  expect(attack.craft(known, context)).toEqual({ output: Float32Array.of(3, 4) })
  expect(
    attacks
      .filter(({ flipsLabels, name }) => !flipsLabels || name === 'mixed')
      .map(({ name, configure }) => configure({ name }).flipsLabels(0)),
  ).not.toContain(true)
})

test('replay sends the vector of `age` rounds ago, and the first one before that', () => {
  const attack = replay.configure({ name: 'replay', age: 2 })
  let state: AttackState | undefined
  const sent = [0, 1, 2, 3, 4].map((round) => {
    const now = { colluders: [Float32Array.of(10 + round)] }
    const crafted = attack.craft(now, { ...context, round, own: 0, ...(state ? { state } : {}) })
    state = crafted.state
    return crafted.output?.[0]
  })
  expect(sent).toEqual([10, 10, 10, 11, 12])
  expect(Object.keys(state ?? {})).toHaveLength(3)
})

test("stall sends nothing, or the peer's own vector late", () => {
  expect(stall.configure({ name: 'stall' }).craft(known, context)).toEqual({ output: null })
  expect(stall.configure({ name: 'stall', mode: 'drip', share: 0.5 }).craft(known, context)).toEqual({
    output: Float32Array.of(3, 4),
    holdBack: 0.5,
  })
})
