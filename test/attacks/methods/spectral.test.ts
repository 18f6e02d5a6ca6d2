import { expect, test } from 'vitest'
import { configurePipeline } from '#aggregation/pipeline.ts'
import type { GraphKnown, Known } from '#attacks/attack.ts'
import { spectral } from '#attacks/methods/spectral.ts'

/** Honest peers 0 - 1 - 2 in a path, a Byzantine peer 3 beside each; the Fiedler vector is (1, 0, -1) / sqrt 2. */
const row = (...members: number[]) => ({ members, weights: members.map(() => 1 / members.length) })
const graph: GraphKnown = { rows: [row(0, 1, 3), row(0, 1, 2, 3), row(1, 2, 3), row(0, 1, 2, 3)], byzantine: [3] }
const known: Known = { colluders: [Float32Array.of(0)], heard: [], honest: [1, 5, 3].map((x) => Float32Array.of(x)) }
const pipeline = (n: number) => configurePipeline({ name: 'average' }, n)
const at = (peer: number) => ({
  round: 0,
  n: 4,
  m: 1,
  victims: [{ peer, n: peer === 1 ? 4 : 3, m: 1 }],
  random: () => 0,
  graph,
  pipeline,
})

test('pushes both ends apart and does not move the middle', () => {
  const attack = spectral.configure({ name: 'spectral', t: 2 })
  // sum_j v_j x_j = (1 - 3) / sqrt 2; end 0 gets 1 - 2, end 2 gets 3 + 2.
  expect(attack.craft(known, at(0)).output?.[0]).toBeCloseTo(-1, 6)
  expect(attack.craft(known, at(1)).output?.[0]).toBeCloseTo(5, 6)
  expect(attack.craft(known, at(2)).output?.[0]).toBeCloseTo(5, 6)
})

test("searches t against the victim's rule", () => {
  const crafted = spectral.configure({ name: 'spectral', search: { evaluations: 3, delta: 10 } }).craft(known, at(0))
  // Peer 0 averages 1, 5 and 1 - t; the honest mean is 3: the distance (2 + t) / 3 grows without bound.
  expect(crafted.z).toBe(30)
  expect(crafted.trace?.map(({ gain }) => Math.round(gain * 3))).toEqual([2, 12, 32])
})

test('needs the graph', () => {
  const { graph: _, ...without } = at(0)
  expect(() => spectral.configure({ name: 'spectral' }).craft(known, without)).toThrow('spectral needs the graph')
})
