import { expect, test } from 'vitest'
import { createRateLimit } from '#protocol/network/rate-limit.ts'

test('allows a burst, then the rate per second', () => {
  const limit = createRateLimit({ burst: 2, perSecond: 10 }, 0)
  expect([limit.allow(0), limit.allow(0), limit.allow(0)]).toEqual([true, true, false])
  expect([limit.allow(100), limit.allow(150)]).toEqual([true, false])
})

test('a credit allows one more, never beyond the burst', () => {
  const limit = createRateLimit({ burst: 2, perSecond: 0.001 }, 0)
  limit.credit()
  expect([limit.allow(0), limit.allow(0), limit.allow(0)]).toEqual([true, true, false])
  limit.credit()
  expect([limit.allow(0), limit.allow(0)]).toEqual([true, false])
})
