import { expect, test } from 'vitest'
import type { CraftContext } from '#attacks/attack.ts'
import { attacks } from '#attacks/registry.ts'

const mixed = attacks.find((attack) => attack.name === 'mixed')
const configure = (values: object) => {
  if (!mixed) throw new Error('there is no mixed attack')
  return mixed.configure({ name: 'mixed', ...values })
}
const known = { colluders: [Float32Array.of(1), Float32Array.of(3)] }
const context: CraftContext = { round: 0, n: 6, m: 3, victims: [], random: () => 0.5 }

test('Byzantine peers play the members in turn by rank', () => {
  const attack = configure({ members: [{ name: 'sign-flip' }, { name: 'zero' }] })
  const sent = [0, 1, 2].map((rank) => attack.craft(known, { ...context, rank }).output?.[0])
  expect(sent).toEqual([-2, 0, -2])
})

test('a member flips labels at its own Byzantine peers only; the mixture needs the maximum of its members', () => {
  const attack = configure({ members: [{ name: 'label-flip' }, { name: 'little-is-enough', z: 1 }] })
  expect([0, 1, 2].map((rank) => attack.flipsLabels(rank))).toEqual([true, false, true])
  expect(attack.minColluders).toBe(2)
})

test('a member that needs neighbourhood knowledge has a goal and labels like any other', () => {
  const members = [{ name: 'dissensus' }, { name: 'label-flip' }, { name: 'backdoor', size: 3, target: 2 }]
  const attack = configure({ members, knowledge: 'neighbourhood', delivery: 'per-victim' })
  const data = { coalition: Uint32Array.of(0), labels: Uint8Array.of(1), classes: 3, stream: () => () => 0.5 }
  expect(attack.goal?.(data)).toEqual({ name: 'pattern', size: 3, target: 2 })
  expect([0, 1, 2].map((rank) => attack.flipsLabels(rank))).toEqual([false, true, false])
})

test.each([
  [{ members: [{ name: 'gauss' }] }, /^mixed members\[0\]: mixed has no member gauss; known: little-is-enough, /],
  [{ members: [{ name: 'mixed', members: [] }] }, /^mixed members\[0\]: mixed has no member mixed/],
  [{ members: [{ name: 'zero' }, { name: 'zero', z: 1 }] }, /^mixed members\[1\]: .*z/],
  [{ members: [{ name: 'dissensus' }] }, /^mixed members\[0\]: knowledge: /],
])('refuses %j', (values, reason) => {
  expect(() => configure(values)).toThrow(RangeError)
  expect(() => configure(values)).toThrow(reason)
})
