import { expect, test } from 'vitest'
import { createBatches } from '#learning/training/batches.ts'
import { learningRateAt } from '#learning/training/schedules.ts'

test('a constant rate stays the same, bit for bit', () => {
  expect([0, 1, 1e6].map((round) => learningRateAt(0.1, { name: 'constant' }, round))).toEqual([0.1, 0.1, 0.1])
})

test('a stepped rate falls at its rounds, also for a peer that skipped them', () => {
  const schedule = { name: 'step', at: [6, 2], factor: 0.5 } as const
  const rates = [0, 1, 2, 5, 6, 100].map((round) => learningRateAt(1, { ...schedule, at: [...schedule.at] }, round))
  expect(rates).toEqual([1, 1, 0.5, 0.5, 0.25, 0.25])
})

test('a fading rate is 1/2 after `rate` rounds and 1/3 after twice as many', () => {
  const at = (round: number) => learningRateAt(0.3, { name: 'fading', rate: 2000 }, round)
  expect(at(0)).toBe(0.3)
  expect(at(2000)).toBe(0.15)
  expect(at(4000)).toBeCloseTo(0.1, 15)
})

test('an epoch has as many batches as one pass over the shard', () => {
  const shardOf = (count: number) => Uint32Array.from({ length: count }, (_, k) => 100 + k)
  const perPass = (count: number, order: 'shuffled' | 'fixed-cycle') => {
    const batches = createBatches({ seed: 1, peer: 0, examples: shardOf(count), batchSize: 8, order })
    const seen = new Set(Array.from({ length: batches.perPass }, () => [...batches.next()]).flat())
    return [batches.perPass, seen.size]
  }
  expect(perPass(24, 'shuffled')).toEqual([3, 24])
  expect(perPass(29, 'shuffled')).toEqual([3, 24])
  expect(perPass(5, 'shuffled')).toEqual([1, 5])
  expect(perPass(29, 'fixed-cycle')).toEqual([4, 29])
  expect(perPass(5, 'fixed-cycle')).toEqual([1, 5])
})
