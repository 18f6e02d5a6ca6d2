import { expect, test } from 'vitest'
import { bridge } from '#aggregation/rules/bridge.ts'
import { inputOf } from '../input.ts'

test("trims the neighbours' values, never its own", () => {
  // Own 40; of 1, 2, 3, 90 the middle two stay.
  const { output, influence } = bridge
    .configure({ name: 'bridge', f: 1 }, 5)
    .aggregate(inputOf([[1], [2], [40], [3], [90]], { own: 2 }))
  expect([...output]).toEqual([15])
  expect(influence).toEqual([0, 1 / 3, 1 / 3, 1 / 3, 0].map((share) => expect.closeTo(share, 12)))
})

test('needs 2f + 1 neighbours, none with f = 0', () => {
  expect(() => bridge.configure({ name: 'bridge', f: 1 }, 3)).toThrow('bridge needs n > 2f + 1')
  expect([...bridge.configure({ name: 'bridge', f: 0 }, 1).aggregate(inputOf([[5]])).output]).toEqual([5])
})
