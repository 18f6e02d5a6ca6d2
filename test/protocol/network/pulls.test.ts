import { expect, test } from 'vitest'
import { createPulls } from '#protocol/network/pulls.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { manualClock } from './memory-nodes.ts'

/** Pulls that record the peers they ask; those in `without` cannot be asked. */
function pullsWithout(without: readonly PeerIndex[]) {
  const clock = manualClock()
  const asked: PeerIndex[] = []
  const pulls = createPulls(clock, (from) => {
    asked.push(from)
    return !without.includes(from)
  })
  return { pulls, asked, clock }
}

test('peers without a stream are skipped at once', () => {
  const { pulls, asked } = pullsWithout([1, 2])
  pulls.want(0, 9, [1, 2, 3, 4], 'name')
  expect(asked).toEqual([1, 2, 3])
  expect(pulls.expects(3, 0, 9, 'name')).toBe(true)
  expect(pulls.expects(2, 0, 9, 'name')).toBe(false)
})

test('if no peer can be asked, the update is forgotten and may be wanted again', () => {
  const { pulls, asked } = pullsWithout([1, 2])
  pulls.want(0, 9, [1, 2])
  expect(pulls.expects(2, 0, 9, 'name')).toBe(false)
  pulls.want(0, 9, [3])
  expect(asked).toEqual([1, 2, 3])
})

test('the next peer is asked after an absence, a lost link or two seconds, and never two at once', () => {
  const { pulls, asked, clock } = pullsWithout([])
  pulls.want(0, 9, [1, 2, 3, 4])
  pulls.failed(2, 0, 9)
  expect(asked).toEqual([1])
  pulls.failed(1, 0, 9)
  expect(asked).toEqual([1, 2])
  pulls.lost(2)
  expect(asked).toEqual([1, 2, 3])
  clock.advance(1999)
  expect(asked).toEqual([1, 2, 3])
  clock.advance(1)
  expect(asked).toEqual([1, 2, 3, 4])
  pulls.begun(0, 9)
  clock.advance(10_000)
  expect(pulls.expects(4, 0, 9, 'name')).toBe(true)
})
