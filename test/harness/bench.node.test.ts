import { expect, test } from 'vitest'
import { preAggregators, rules } from '#aggregation/registry.ts'
import { benchAggregation, benchInput, readOnce } from '#harness/bench/aggregation.ts'
import { interleaved } from '#harness/bench/interleaved.ts'

test('every rule and pre-aggregator of the registry is timed, or says why not', () => {
  const seen: string[] = []
  const { readMs, methods } = benchAggregation({ n: 11, d: 40, f: 2 }, 1, (name) => seen.push(name))
  expect(methods).toHaveLength(rules.length + preAggregators.length)
  expect(methods.filter((method) => !('ms' in method))).toEqual([])
  expect(readMs).toBeGreaterThan(0)
  expect(seen).toHaveLength(methods.length + 1)
})

test('a rule whose n and f do not fit is listed with its refusal', () => {
  const { methods } = benchAggregation({ n: 6, d: 5, f: 2 }, 1, () => undefined)
  expect(methods.find(({ name }) => name === 'bulyan')).toEqual({
    name: 'bulyan',
    refusal: 'bulyan needs n >= 4f + 3, got n=6, f=2',
  })
})

test('rounds are interleaved, and what took too long runs once', () => {
  const order: string[] = []
  const slow = (): void => {
    const end = performance.now() + 3
    while (performance.now() < end);
  }
  interleaved([{ name: 'a', run: () => 0 }, { name: 'b', run: slow }, { name: 'c' }], 2, 2, (name) => order.push(name))
  expect(order.slice(0, 2)).toEqual(['a', 'b'])
  expect(order.filter((name) => name === 'b')).toHaveLength(1)
})

test('a read of the input passes every byte', () => {
  const { vectors } = benchInput({ n: 3, d: 50, f: 0 })
  readOnce(vectors)
  new Uint8Array((vectors[2] as Float32Array).buffer)[199] = 255
  expect(() => readOnce(vectors)).toThrow('a byte of 255')
})
