import { expect, test } from 'vitest'
import type { GraphKnown, Known } from '#attacks/attack.ts'
import { dissensus } from '#attacks/methods/dissensus.ts'

/** Peers 0 and 1 are honest, 2 is Byzantine; all weights are a third. */
const row = { members: [0, 1, 2], weights: [1 / 3, 1 / 3, 1 / 3] }
const graph: GraphKnown = { rows: [row, row, row], byzantine: [2] }
const heard = [
  { peer: 0, vector: Float32Array.of(2, 0) },
  { peer: 1, vector: Float32Array.of(6, 3) },
]
const known: Known = { colluders: [Float32Array.of(7, 7)], heard }
const context = { round: 0, n: 3, m: 1, victims: [{ peer: 0, n: 3, m: 1 }], random: () => 0, graph }

test("with epsilon 1 the victim's average does not move", () => {
  const { output } = dissensus.configure({ name: 'dissensus', epsilon: 1 }).craft(known, context)
  expect([...(output ?? [])]).toEqual([-2, -3])
  expect((2 + 6 + (output?.[0] as number)) / 3).toBe(2)
  expect((0 + 3 + (output?.[1] as number)) / 3).toBe(0)
})

test('cancels one and a half times the pull by default', () => {
  const { output } = dissensus.configure({ name: 'dissensus' }).craft(known, context)
  expect([...(output ?? [])]).toEqual([-4, -4.5])
})

test('sends its own vector to a victim with an unknown vector', () => {
  const attack = dissensus.configure({ name: 'dissensus' })
  expect([...(attack.craft({ ...known, heard: [] }, context).output ?? [])]).toEqual([7, 7])
})

test('needs the graph, a Byzantine neighbour of the victim, and a vector for each victim', () => {
  const attack = dissensus.configure({ name: 'dissensus' })
  const { graph: _, ...without } = context
  expect(() => attack.craft(known, without)).toThrow('dissensus needs the graph')
  expect(() => attack.craft(known, { ...context, graph: { ...graph, byzantine: [] } })).toThrow(
    'dissensus needs a Byzantine neighbour of its victim: peer 0 has none',
  )
  expect(() => dissensus.configure({ name: 'dissensus', delivery: 'broadcast' })).toThrow(
    'dissensus needs delivery: per-victim, got broadcast',
  )
})
