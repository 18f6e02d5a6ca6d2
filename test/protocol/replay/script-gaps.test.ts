import { expect, test } from 'vitest'
import type { ScriptEntry } from '#protocol/replay/script.ts'
import { lostFrom } from '#protocol/replay/script-gaps.ts'

const closed = (round: number, ...accepted: number[]): ScriptEntry => ({ type: 'closed', round, accepted })
const stopped: ScriptEntry = { type: 'stopped', reason: 'finished' }
const lost = (scripts: Record<number, ScriptEntry[]>, byzantinePeers: readonly number[] = []): string | undefined =>
  lostFrom(new Map(Object.entries(scripts).map(([peer, script]) => [Number(peer), script])), {
    byzantinePeers,
    sources: (_, round, { present, heard }) => ({
      colluders: present ?? byzantinePeers,
      heard: heard ?? { round, peers: [] },
    }),
  })

test('a peer that died may have sent the update of the round in which it died, but none of a later one', () => {
  const whole = { 0: [closed(0, 1), closed(1, 1), closed(2), stopped], 1: [closed(0, 0)] }
  expect(lost(whole)).toBeUndefined()
  expect(lost({ ...whole, 0: [closed(0, 1), closed(1, 1), closed(2, 1), stopped] })).toBe(
    'the events of peer 1 in round 3 are missing, and peer 0 used its update',
  )
  expect(lost({ 0: [closed(0, 1), stopped] })).toBeUndefined()
  expect(lost({ 0: [closed(0), closed(1, 1), stopped] })).toMatch(/^the events of peer 1 in round 2/)
})

test("a gap in a peer's events is found, and a skip of rounds is no gap", () => {
  expect(lost({ 0: [closed(0), closed(2)] })).toBe('the events of peer 0 in round 2 are missing')
  const jump = (retrains: boolean): ScriptEntry => ({ type: 'skipped', round: 1, to: 4, retrains })
  const after = { 0: [closed(0), jump(true), closed(4, 1), stopped], 1: [closed(0), jump(false), closed(4), stopped] }
  expect(lost(after)).toBeUndefined()
  // Peer 1 skipped while it trained: no peer can have its update of round 2.
  expect(lost({ ...after, 2: [closed(0), closed(1, 1)] })).toMatch(/^the events of peer 1 in round 2/)
  expect(lost({ ...after, 2: [closed(0), closed(1, 0)] })).toBeUndefined()
})

test("a Byzantine peer's update needs a craft, from vectors that were sent", () => {
  const crafted = (round: number, present?: number[]): ScriptEntry => ({
    type: 'crafted',
    round,
    ...(present ? { present } : {}),
  })
  const run = {
    0: [closed(0, 1), stopped],
    1: [crafted(0), closed(0), stopped],
    2: [crafted(0), closed(0, 1), stopped],
  }
  expect(lost(run, [1, 2])).toBeUndefined()
  expect(lost({ ...run, 1: [closed(0), stopped] }, [1, 2])).toMatch(/^the events of peer 1 in round 1/)
  expect(lost({ ...run, 1: [crafted(0), closed(0), crafted(1), closed(1), stopped] }, [1, 2])).toMatch(
    /^the events of peer 2 in round 2 are missing, and peer 1 used/,
  )
  expect(lost({ ...run, 1: [crafted(0), closed(0), crafted(1, [1]), closed(1), stopped] }, [1, 2])).toBeUndefined()
})
