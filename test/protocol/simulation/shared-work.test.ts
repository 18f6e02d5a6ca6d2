import { expect, test } from 'vitest'
import type { CraftContext } from '#attacks/attack.ts'
import { attacks } from '#attacks/registry.ts'
import { randomStream } from '#learning/random.ts'
import { aggregateStep } from '#protocol/peer/aggregate-step.ts'
import { vectorDigest } from '#protocol/record/vector-digest.ts'
import { shareCrafts } from '#protocol/simulation/shared-crafts.ts'
import { shareEvaluations } from '#protocol/simulation/shared-evaluation.ts'
import { subtleDigest } from './quadratic-pool.ts'

const vectors = Array.from({ length: 5 }, (_, i) => Float32Array.from({ length: 4 }, (__, k) => Math.sin(3 * i + k)))
const victims = [{ peer: 7, n: 9, m: 3 }]
const contextOf = (rank: number, round = 0): CraftContext => ({
  round,
  n: 12,
  m: 5,
  victims,
  random: randomStream(1, 'attack', -1, round),
  own: rank,
  rank,
})
const configured = (name: string) => {
  const declaration = attacks.find((attack) => attack.name === name)
  if (!declaration) throw new Error(`no attack ${name}`)
  return declaration.configure({ name, knowledge: declaration.knowledge[0] })
}

test('colluders that know the same arrays share the crafted one; another round or array is crafted anew', () => {
  const shared = shareCrafts(configured('little-is-enough'))
  const crafted = vectors.map((_, rank) => shared.craft({ colluders: [...vectors] }, contextOf(rank)).output)
  expect(new Set(crafted).size).toBe(1)
  const alone = configured('little-is-enough').craft({ colluders: vectors }, contextOf(0))
  expect([...(crafted[0] as Float32Array)]).toEqual([...(alone.output as Float32Array)])
  const others = [
    shared.craft({ colluders: vectors }, contextOf(0, 1)).output,
    shared.craft({ colluders: vectors.map((vector) => vector.slice()) }, contextOf(0)).output,
  ]
  expect(new Set([crafted[0], ...others]).size).toBe(3)
})

test('victims and models separate colluders only if the attack reads them', () => {
  const others = { victims: [{ peer: 8, n: 4, m: 2 }], previous: Float32Array.of(1, 2, 3, 4) }
  const differ = (name: string, values: object, change: object): boolean => {
    const declaration = attacks.find((attack) => attack.name === name)
    const shared = shareCrafts(declaration?.configure({ name, ...values }) as ReturnType<typeof configured>)
    const crafted = [contextOf(0), { ...contextOf(0), ...change }].map(
      (context) => shared.craft({ colluders: vectors }, context).output,
    )
    return crafted[0] !== crafted[1]
  }
  expect(differ('little-is-enough', { z: 1.5 }, others)).toBe(false)
  expect(differ('little-is-enough', { scope: 'victim', whenNonPositive: 1 }, others)).toBe(true)
  expect(differ('fang', {}, { previous: others.previous })).toBe(true)
})

test('an attack with a different part for every Byzantine peer is crafted by each', () => {
  const shared = shareCrafts(configured('label-flip'))
  const sent = vectors.map((_, rank) => shared.craft({ colluders: vectors }, contextOf(rank)).output?.join())
  expect(new Set(sent).size).toBe(vectors.length)
})

test('the same array is evaluated on the test set once, on batches each time', async () => {
  let calls = 0
  const evaluate = shareEvaluations(async ([first = 0]) => {
    calls++
    return { loss: first, accuracy: 1 }
  })
  const [x, y] = [Float32Array.of(1), Float32Array.of(1)]
  expect(await evaluate(x)).toBe(await evaluate(x))
  await evaluate(y)
  expect(calls).toBe(2)
  await evaluate(x, Uint32Array.of(0))
  await evaluate(x, Uint32Array.of(0))
  expect(calls).toBe(4)
})

test('a vector that lies inside a larger buffer is hashed by its own bytes', async () => {
  const whole = Float32Array.of(1, 2, 3, 4)
  const part = await vectorDigest(whole.subarray(1, 3), subtleDigest)
  expect(part).toBe(await vectorDigest(Float32Array.of(2, 3), subtleDigest))
  expect(part).not.toBe(await vectorDigest(whole, subtleDigest))
})

test('a step with an aggregated gradient by hand, shared by those who hold the same arrays', () => {
  const options = { learningRate: 0.5, weightDecay: 0, momentum: { at: 'aggregate', beta: 0.5, dampening: 0 } } as const
  const x = Float32Array.of(8)
  const aggregated = Float32Array.of(4)
  const first = aggregateStep({ x, velocity: undefined, aggregated }, options)
  // v = -2, x = 6; then v = -1 - 2 = -3, x = 3
  expect([first.velocity[0], first.x[0]]).toEqual([-2, 6])
  const second = aggregateStep({ ...first, aggregated }, options)
  expect([second.velocity[0], second.x[0]]).toEqual([-3, 3])
  expect(aggregateStep({ x, velocity: undefined, aggregated }, options)).toBe(first)
  expect(aggregateStep({ x, velocity: undefined, aggregated }, { ...options, learningRate: 1 }).x[0]).toBe(4)
  expect(aggregateStep({ x, velocity: undefined, aggregated }, { ...options, weightDecay: 0.5 }).x[0]).toBe(4)
  expect(aggregateStep({ x, velocity: undefined, aggregated: Float32Array.of(4) }, options)).not.toBe(first)
})
