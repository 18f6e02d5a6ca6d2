import { expect, test } from 'vitest'
import { duration } from '#report/summary/wording.ts'

test('a duration is told in the units that fit it', () => {
  expect([850, 12_340, 250_000, 7_060_000, 117_080_206].map(duration)).toEqual([
    '850 ms',
    '12.3 s',
    '4 min 10 s',
    '1 h 58 min',
    '32 h 31 min',
  ])
})
