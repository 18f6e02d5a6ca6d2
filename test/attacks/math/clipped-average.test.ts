import { expect, test } from 'vitest'
import { clippedAverage } from '#attacks/math/clipped-average.ts'

test('clips every vector, then averages', () => {
  const rule = clippedAverage({ name: 'average', before: [{ name: 'clipping', radius: 5 }] })
  expect([...(rule?.([Float32Array.of(3, 4), Float64Array.of(-60, 80)]) ?? [])]).toEqual([0, 4])
})

test('exists only for an average behind clipping', () => {
  expect(clippedAverage({ name: 'average' })?.([[1], [4]])).toEqual(Float64Array.of(2.5))
  expect(clippedAverage({ name: 'median' })).toBeUndefined()
  expect(clippedAverage({ name: 'average', before: [{ name: 'clipping' }, { name: 'nnm', f: 1 }] })).toBeUndefined()
})
