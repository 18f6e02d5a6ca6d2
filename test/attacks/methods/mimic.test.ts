import { expect, test } from 'vitest'
import type { AttackState, Known } from '#attacks/attack.ts'
import { mimic } from '#attacks/methods/mimic.ts'
import { randomStream } from '#learning/random.ts'

const rows = (...values: number[][]) => values.map((row) => Float32Array.from(row))
const context = { round: 0, n: 6, m: 2, victims: [], random: () => 0.7 }

test('copies the vector at `target`', () => {
  const honest = rows([1, 2], [3, 4], [5, 6])
  const known: Known = { colluders: [], heard: [], honest }
  const { output } = mimic.configure({ name: 'mimic', target: 2, knowledge: 'omniscient' }).craft(known, context)
  expect([...(output ?? [])]).toEqual([5, 6])
  expect(output).not.toBe(honest[2])
  expect(() => mimic.configure({ name: 'mimic', target: 3, knowledge: 'omniscient' }).craft(known, context)).toThrow(
    'mimic needs a target among the 3 known vectors, got 3',
  )
})

test('with neighbourhood knowledge the target is a peer; before its vector arrives, mimic sends its own vector', () => {
  const attack = mimic.configure({ name: 'mimic', target: 7, knowledge: 'neighbourhood' })
  const colluders = rows([1])
  expect(attack.craft({ colluders, heard: [{ peer: 7, vector: Float32Array.of(9) }] }, context).output?.[0]).toBe(9)
  expect(attack.craft({ colluders, heard: [] }, context).output?.[0]).toBe(1)
})

test('the heuristic finds the outlier on the axis of greatest variance, and stays with it after the warm-up', () => {
  const attack = mimic.configure({ name: 'mimic', warmup: 3 })
  const random = randomStream(1, 'attack')
  let state: AttackState | undefined
  const chosen: number[] = []
  for (let round = 0; round < 5; round++) {
    const far = round < 3 ? 100 : -100
    const colluders = rows([0, 1], [far, 0], [0, -1], [-far, 0])
    const crafted = attack.craft({ colluders }, { ...context, round, random, ...(state ? { state } : {}) })
    state = crafted.state
    chosen.push(crafted.output?.[0] as number)
  }
  const [first] = chosen as [number]
  expect(Math.abs(first)).toBe(100)
  // After round 2 the target is fixed, though its vector now points the other way.
  expect(chosen).toEqual([first, first, first, -first, -first])
})

test('a fixed target among colluders needs that many of them', () => {
  expect(mimic.configure({ name: 'mimic', target: 2 }).minColluders).toBe(3)
  expect(mimic.configure({ name: 'mimic' }).minColluders).toBe(1)
})

test('the heuristic takes the end that the direction points to', () => {
  // Along one axis the direction is the sign of the first draw, here plus: quantile 0.9 is above 0.
  const colluders = [-3, 1, 2].map((value) => Float32Array.of(value))
  const attack = mimic.configure({ name: 'mimic', target: 'heuristic' })
  const { output } = attack.craft({ colluders }, { round: 0, n: 6, m: 3, victims: [], random: () => 0.9 })
  expect([...(output ?? [])]).toEqual([2])
})
