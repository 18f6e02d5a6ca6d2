import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRejectionLog, type Rejection } from '#protocol/record/rejection-log.ts'
import { type RejectionReason, rejectionReasons } from '#protocol/round/update.ts'

const rejection = (from: number, reason: RejectionReason): Rejection => ({
  type: 'update-rejected',
  peer: 0,
  round: 3,
  atMs: 1,
  from,
  reason,
})
const total = (events: readonly Rejection[], from: number, reason: RejectionReason): number =>
  events
    .filter((event) => event.from === from && event.reason === reason)
    .reduce((sum, { count }) => sum + (count ?? 1), 0)

test('a few rejections are recorded at once; a flood is counted and recorded at the end of the round', () => {
  const events: Rejection[] = []
  const log = createRejectionLog((event) => events.push(event))
  for (let i = 0; i < 3; i++) log.add(rejection(1, 'late'))
  expect(events).toEqual(Array(3).fill(rejection(1, 'late')))
  for (let i = 0; i < 100_000; i++) log.add(rejection(2, 'rate-limited'))
  expect(events).toHaveLength(19)
  log.flush()
  expect(events.at(-1)).toEqual({ ...rejection(2, 'rate-limited'), count: 99_984 })
  log.flush()
  expect(events).toHaveLength(20)
  log.add(rejection(2, 'late'))
  expect(events).toHaveLength(21)
})

test('for any rejections the counts are complete and the number of lines is bounded', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom(...rejectionReasons), fc.nat(60)), {
        maxLength: 12,
      }),
      (bursts) => {
        const events: Rejection[] = []
        const log = createRejectionLog((event) => events.push(event))
        for (const [from, reason, times] of bursts) for (let i = 0; i < times; i++) log.add(rejection(from, reason))
        log.flush()
        expect(events.length).toBeLessThanOrEqual(4 * (16 + rejectionReasons.length))
        for (const from of [0, 1, 2, 3]) {
          for (const reason of rejectionReasons) {
            const sent = bursts.filter((burst) => burst[0] === from && burst[1] === reason)
            expect(total(events, from, reason)).toBe(sent.reduce((sum, [, , times]) => sum + times, 0))
          }
        }
      },
    ),
    { numRuns: 50 },
  )
})
