import { expect, test } from 'vitest'
import { aggregated, drive, fired, from, only, trained, update } from './round-driver.ts'

/** Starts a driver and brings it to waiting in round 0, its update sent at 10 ms. */
function waiting(changes: Parameters<typeof drive>[0] = {}) {
  const driver = drive(changes)
  driver.feed({ type: 'started', atMs: 0 })
  driver.feed(trained(0, 10))
  return driver
}

/** Closes the current round with an update of each of these senders, then trains for the next one. */
function closeWith(driver: ReturnType<typeof drive>, senders: readonly number[], atMs: number): void {
  const { round } = driver.state()
  for (const sender of senders) driver.feed(from(sender, round, atMs))
  if (driver.state().phase === 'waiting') driver.feed(fired('deadline', round, atMs))
  driver.feed(aggregated(round, atMs))
  driver.feed(trained(round + 1, atMs))
}

test("a round closes when every update arrived: updates ascend by sender, and the wait counts from the peer's own send", () => {
  const driver = waiting()
  for (const sender of [3, 1, 4]) expect(driver.feed(from(sender, 0, 20))).toEqual([])
  expect(driver.feed(from(2, 0, 35))).toEqual([
    {
      type: 'aggregate',
      round: 0,
      updates: [update(1, 0), update(2, 0), update(3, 0), update(4, 0)],
      missing: [],
      closing: 'complete',
      waitedMs: 25,
    },
  ])
  expect(driver.feed(aggregated(0, 36))).toEqual([{ type: 'train', round: 1 }])
})

test("the deadline runs from the peer's own send, not from the start of training", () => {
  const driver = drive()
  expect(driver.feed({ type: 'started', atMs: 0 })).toEqual([{ type: 'train', round: 0 }])
  expect(driver.feed(trained(0, 700))).toEqual([
    { type: 'send', round: 0 },
    { type: 'set-timer', timer: 'deadline', round: 0, afterMs: 1000 },
  ])
})

test("updates that arrive during training close the round at the peer's own send", () => {
  const driver = drive()
  driver.feed({ type: 'started', atMs: 0 })
  for (const sender of [1, 2, 3, 4]) expect(driver.feed(from(sender, 0, 5))).toEqual([])
  expect(only(driver.feed(trained(0, 10)), 'aggregate')[0]).toMatchObject({ closing: 'complete', waitedMs: 0 })
})

test('at the deadline a quorum closes the round and the others are missing', () => {
  const driver = waiting()
  driver.feed(from(4, 0, 20))
  driver.feed(from(2, 0, 20))
  const [closed] = only(driver.feed(fired('deadline', 0, 1010)), 'aggregate')
  expect(closed).toMatchObject({ closing: 'deadline', missing: [1, 3], waitedMs: 1000 })
  expect(closed?.updates).toEqual([update(2, 0), update(4, 0)])
})

test('without a quorum at the deadline the peer keeps its own model and goes on', () => {
  const driver = waiting()
  driver.feed(from(4, 0, 20))
  expect(driver.feed(fired('deadline', 0, 1010))).toEqual([
    { type: 'starve', round: 0, received: 1, quorum: 2 },
    { type: 'train', round: 1 },
  ])
  expect(only(driver.effects, 'aggregate')).toEqual([])
})

test('five starved rounds in a row stop a peer; a round that closes between them starts the count again', () => {
  const driver = waiting()
  const starve = (): void => {
    const { round } = driver.state()
    driver.feed(fired('deadline', round, 0))
    driver.feed(trained(round + 1, 0))
  }
  for (let k = 0; k < 4; k++) starve()
  closeWith(driver, [1, 2], 0)
  for (let k = 0; k < 4; k++) starve()
  expect(driver.state().phase).toBe('waiting')
  expect(driver.feed(fired('deadline', 9, 0)).at(-1)).toEqual({ type: 'stop', reason: 'starved' })
  expect(driver.feed(from(1, 9, 1))).toEqual([])
})

test('starving in the last round ends the run as finished', () => {
  const driver = waiting({ rounds: 1 })
  expect(driver.feed(fired('deadline', 0, 1010))).toEqual([
    { type: 'starve', round: 0, received: 0, quorum: 2 },
    { type: 'stop', reason: 'finished' },
  ])
})

test('a silent neighbour costs at most two deadlines', () => {
  const driver = waiting()
  closeWith(driver, [1, 2, 3], 100)
  expect(only(driver.effects, 'lose-neighbour')).toEqual([])
  closeWith(driver, [1, 2, 3], 200)
  expect(only(driver.effects, 'lose-neighbour')).toEqual([{ type: 'lose-neighbour', neighbour: 4, round: 1 }])
  for (const sender of [1, 2]) driver.feed(from(sender, 2, 300))
  expect(driver.feed(from(3, 2, 300))[0]).toMatchObject({ type: 'aggregate', closing: 'complete', missing: [4] })
})

test('two misses count only in a row', () => {
  const driver = waiting()
  closeWith(driver, [1, 2, 3], 100)
  closeWith(driver, [1, 2, 3, 4], 200)
  closeWith(driver, [1, 2, 3], 300)
  expect(only(driver.effects, 'lose-neighbour')).toEqual([])
})

test("an absent neighbour's update is used, and ends the absence", () => {
  const driver = waiting()
  closeWith(driver, [1, 2, 3], 100)
  closeWith(driver, [1, 2, 3], 200)
  expect(driver.feed({ type: 'peer-alive', peer: 4, atMs: 210 })).toEqual([])
  expect(driver.feed(from(4, 2, 220))).toEqual([{ type: 'regain-neighbour', neighbour: 4, round: 2 }])
  for (const sender of [1, 2]) driver.feed(from(sender, 2, 230))
  expect(only(driver.feed(from(3, 2, 240)), 'aggregate')[0]?.updates.map(({ sender }) => sender)).toEqual([1, 2, 3, 4])
})

test('a peer does not wait for an absent neighbour that claims a far round, until that round comes', () => {
  const driver = waiting()
  closeWith(driver, [1, 2, 3], 100)
  closeWith(driver, [1, 2, 3], 200)
  expect(driver.feed(from(4, 4, 210))).toEqual([])
  closeWith(driver, [1, 2, 3], 300)
  expect(only(driver.effects, 'aggregate').at(-1)).toMatchObject({ round: 2, closing: 'complete', missing: [4] })
  closeWith(driver, [1, 2, 3], 400)
  expect(only(driver.effects, 'regain-neighbour')).toEqual([{ type: 'regain-neighbour', neighbour: 4, round: 4 }])
  expect([...driver.state().received.keys()]).toEqual([4])
})

test('three missed heartbeats make a neighbour absent; any message ends the absence', () => {
  const driver = waiting({ heartbeatMs: 100 })
  for (const peer of [1, 2, 3]) driver.feed({ type: 'peer-alive', peer, atMs: 150 })
  expect(driver.feed(fired('heartbeat', 0, 299))).toEqual([
    { type: 'set-timer', timer: 'heartbeat', round: 0, afterMs: 100 },
  ])
  expect(driver.feed(fired('heartbeat', 0, 310))).toEqual([
    { type: 'set-timer', timer: 'heartbeat', round: 0, afterMs: 100 },
    { type: 'lose-neighbour', neighbour: 4, round: 0 },
  ])
  for (const sender of [1, 2]) driver.feed(from(sender, 0, 320))
  expect(driver.feed({ type: 'peer-alive', peer: 4, atMs: 330 })).toEqual([
    { type: 'regain-neighbour', neighbour: 4, round: 0 },
  ])
  driver.feed(from(3, 0, 340))
  expect(driver.state().phase).toBe('waiting')
})

test('a late update ends a silence, although it is not used', () => {
  const driver = waiting({ heartbeatMs: 100 })
  closeWith(driver, [1, 2, 3], 100)
  for (const peer of [1, 2, 3]) driver.feed({ type: 'peer-alive', peer, atMs: 390 })
  driver.feed(fired('heartbeat', 1, 400))
  expect(driver.state().absent.get(4)).toBe('silent')
  expect(driver.feed(from(4, 0, 410))).toEqual([
    { type: 'regain-neighbour', neighbour: 4, round: 1 },
    { type: 'reject', from: 4, round: 0, reason: 'late' },
  ])
})

test('losing the last awaited neighbour closes a round with a quorum at once', () => {
  const driver = waiting({ heartbeatMs: 100 })
  for (const sender of [1, 2, 3]) driver.feed(from(sender, 0, 350))
  expect(driver.feed(fired('heartbeat', 0, 360)).at(-1)).toMatchObject({ type: 'aggregate', closing: 'complete' })
})

test('with all neighbours absent and no quorum the peer waits for the deadline', () => {
  const driver = waiting({ heartbeatMs: 100 })
  driver.feed(from(1, 0, 20))
  driver.feed(fired('heartbeat', 0, 310))
  expect(driver.state().absent.size).toBe(3)
  expect(driver.state().phase).toBe('waiting')
  expect(driver.feed(fired('deadline', 0, 1010))[0]).toMatchObject({ type: 'starve', received: 1 })
})

test('only the newest future update of a neighbour is kept: an older one is late, a repeated one a duplicate', () => {
  const driver = waiting()
  expect(driver.feed(from(1, 3, 20))).toEqual([])
  expect(driver.feed(from(1, 3, 21))).toEqual([{ type: 'reject', from: 1, round: 3, reason: 'duplicate' }])
  expect(driver.feed(from(1, 2, 22))).toEqual([{ type: 'reject', from: 1, round: 2, reason: 'duplicate' }])
  expect(driver.feed(from(1, 5, 23))).toEqual([{ type: 'reject', from: 1, round: 3, reason: 'late' }])
  expect([...driver.state().early.values()]).toEqual([update(1, 5)])
})

test('a future update is used when its round comes', () => {
  const driver = waiting()
  driver.feed(from(1, 1, 20))
  closeWith(driver, [2, 3, 4], 30)
  for (const sender of [2, 3]) driver.feed(from(sender, 1, 40))
  expect(only(driver.feed(from(4, 1, 40)), 'aggregate')[0]?.updates[0]).toEqual(update(1, 1))
})

test('a neighbour that sent a later round is not awaited for this one', () => {
  const driver = waiting()
  for (const sender of [2, 3, 4]) driver.feed(from(sender, 0, 20))
  expect(driver.feed(from(1, 1, 30))[0]).toMatchObject({ type: 'aggregate', closing: 'complete', missing: [1] })
})

test('a lead of one round causes no jump; a lead of two, by a quorum and a majority, does', () => {
  const driver = waiting()
  for (const sender of [1, 2, 3]) driver.feed(from(sender, 1, 20))
  expect(only(driver.effects, 'skip')).toEqual([])
  driver.feed(from(4, 0, 20))
  expect(only(driver.effects, 'aggregate')).toEqual([])

  for (const sender of [1, 2]) driver.feed(from(sender, 6, 30))
  expect(only(driver.effects, 'skip')).toEqual([])
  const effects = driver.feed(from(3, 5, 30))
  expect(effects).toEqual([
    { type: 'reject', from: 3, round: 1, reason: 'late' },
    { type: 'reject', from: 4, round: 0, reason: 'late' },
    { type: 'skip', from: 0, to: 5, retrains: true },
    { type: 'train', round: 5 },
  ])
  expect([...driver.state().received.keys()]).toEqual([3])
  expect([...driver.state().early.keys()]).toEqual([1, 2])
})

test('two Byzantine neighbours of four cause no jump, even with a quorum of two', () => {
  const driver = waiting()
  for (const sender of [1, 2]) driver.feed(from(sender, 9, 20))
  for (const sender of [3, 4]) driver.feed(from(sender, 1, 20))
  expect(only(driver.effects, 'skip')).toEqual([])
})

test('a peer that was training when the others went on sends its trained model for their round', () => {
  const driver = drive()
  driver.feed({ type: 'started', atMs: 0 })
  for (const sender of [1, 2, 3, 4]) driver.feed(from(sender, 3, 20))
  const effects = driver.feed(trained(0, 50))
  expect(effects.slice(0, 3)).toEqual([
    { type: 'skip', from: 0, to: 3, retrains: false },
    { type: 'send', round: 3 },
    { type: 'set-timer', timer: 'deadline', round: 3, afterMs: 1000 },
  ])
  expect(only(effects, 'aggregate')[0]).toMatchObject({ round: 3, closing: 'complete' })
})

test('once K - f are in, a grace of four median round times replaces the deadline, at least 250 ms', () => {
  const driver = waiting({ graceThreshold: 3, deadlineMs: 60_000 })
  // No round has closed, so there is no median yet.
  for (const sender of [1, 2, 3]) expect(driver.feed(from(sender, 0, 20))).toEqual([])
  closeWith(driver, [4], 40)
  for (const sender of [1, 2]) expect(driver.feed(from(sender, 1, 50))).toEqual([])
  expect(driver.feed(from(3, 1, 50))).toEqual([{ type: 'set-timer', timer: 'grace', round: 1, afterMs: 250 }])
  const [closed] = only(driver.feed(fired('grace', 1, 300)), 'aggregate')
  expect(closed).toMatchObject({ closing: 'grace', missing: [4] })
  driver.feed(aggregated(1, 1000))
  driver.feed(trained(2, 1100))
  for (const sender of [1, 2, 3]) driver.feed(from(sender, 2, 1500))
  driver.feed(from(4, 2, 1500))
  driver.feed(aggregated(2, 1500))
  driver.feed(trained(3, 1500))
  // It took 20, 10 and 500 ms until three updates arrived: the median is 20.
  expect(driver.state().durationsMs).toEqual([20, 10, 500])
})

test('a Byzantine peer that always uses the whole grace does not lengthen the next one', () => {
  const driver = waiting({ graceThreshold: 3, deadlineMs: 60_000, rounds: 40 })
  let atMs = 1010
  closeWith(driver, [1, 2, 3, 4], atMs)
  for (let round = 1; round < 20; round++) {
    for (const sender of [1, 2, 3]) driver.feed(from(sender, round, atMs + 1000))
    const grace = only(driver.effects, 'set-timer').at(-1)
    expect(grace?.timer).toBe('grace')
    expect(grace?.afterMs).toBeLessThanOrEqual(4010 * 1.01)
    atMs += 1000 + (grace?.afterMs ?? 0)
    driver.feed(from(4, round, atMs))
    driver.feed(aggregated(round, atMs))
    driver.feed(trained(round + 1, atMs))
  }
})

test('each rejected update has a reason', () => {
  const driver = waiting()
  closeWith(driver, [1, 2, 3, 4], 20)
  const reasonOf = (sender: number, round: number) => only(driver.feed(from(sender, round, 30)), 'reject')[0]?.reason
  expect(reasonOf(7, 1)).toBe('not-a-neighbour')
  expect(reasonOf(0, 1)).toBe('not-a-neighbour')
  expect(reasonOf(1, 10)).toBe('wrong-experiment')
  expect(reasonOf(1, -1)).toBe('wrong-experiment')
  expect(reasonOf(1, 0)).toBe('late')
  expect(reasonOf(1, 1)).toBeUndefined()
  expect(reasonOf(1, 1)).toBe('duplicate')
  for (const sender of [2, 3, 4]) driver.feed(from(sender, 1, 40))
  expect(driver.state().phase).toBe('aggregating')
  expect(reasonOf(1, 1)).toBe('late')
})

test('with gradients a peer waits for all reachable neighbours, pulls missing updates, and starves without them', () => {
  const driver = waiting({ quorum: 'all', pulls: 'from-anyone', deadlineMs: 900 })
  expect(only(driver.effects, 'set-timer').map(({ timer, afterMs }) => [timer, afterMs])).toEqual([
    ['deadline', 900],
    ['pull', 300],
  ])
  for (const sender of [1, 2]) driver.feed(from(sender, 0, 20))
  driver.feed(from(3, 1, 20))
  expect(driver.feed(fired('pull', 0, 310))).toEqual([
    { type: 'set-timer', timer: 'pull', round: 0, afterMs: 75 },
    { type: 'pull', round: 0, senders: [3, 4] },
  ])
  driver.feed(from(3, 0, 330))
  expect(driver.feed(fired('deadline', 0, 910))[0]).toEqual({ type: 'starve', round: 0, received: 3, quorum: 4 })
})

test('a peer does not wait for the gradient of an absent neighbour', () => {
  const driver = waiting({ quorum: 'all', pulls: 'from-anyone' })
  closeWith(driver, [1, 2, 3], 100)
  closeWith(driver, [1, 2, 3], 200)
  // Both rounds starved; now the fourth peer is absent.
  expect(only(driver.effects, 'starve')).toHaveLength(2)
  for (const sender of [1, 2]) driver.feed(from(sender, 2, 300))
  expect(driver.feed(from(3, 2, 300))[0]).toMatchObject({ type: 'aggregate', closing: 'complete', missing: [4] })
})

test('a peer cut off from all others starves, also if its quorum is all reachable neighbours', () => {
  const driver = waiting({ quorum: 'all', pulls: 'from-anyone', heartbeatMs: 100 })
  driver.feed(from(1, 0, 20))
  driver.feed(fired('heartbeat', 0, 400))
  expect(driver.state().phase).toBe('waiting')
  expect(driver.feed(fired('deadline', 0, 1010))[0]).toEqual({ type: 'starve', round: 0, received: 1, quorum: 2 })
})

test('a peer without neighbours closes each round when it sends', () => {
  const driver = drive({ neighbours: [], quorum: 0, minimum: 0, rounds: 2 })
  driver.feed({ type: 'started', atMs: 0 })
  expect(driver.feed(trained(0, 5)).map(({ type }) => type)).toEqual(['send', 'aggregate'])
  driver.feed(aggregated(0, 6))
  driver.feed(trained(1, 7))
  expect(driver.feed(aggregated(1, 8))).toEqual([{ type: 'stop', reason: 'finished' }])
})

test('leaving stops a peer in any phase, once', () => {
  const driver = waiting()
  expect(driver.feed({ type: 'stop-asked', atMs: 20 })).toEqual([{ type: 'stop', reason: 'left' }])
  expect(driver.feed({ type: 'stop-asked', atMs: 21 })).toEqual([])
  expect(driver.feed(fired('deadline', 0, 1010))).toEqual([])
})

test('timers, training and aggregations of another round change nothing', () => {
  const driver = waiting()
  closeWith(driver, [1, 2, 3, 4], 20)
  const before = driver.state()
  for (const event of [
    fired('deadline', 0, 30),
    fired('grace', 2, 30),
    trained(0, 30),
    aggregated(0, 30),
    { type: 'started', atMs: 30 } as const,
  ]) {
    expect(driver.feed(event)).toEqual([])
    expect(driver.state()).toBe(before)
  }
})

test('the result of an aggregation ends only its own round', () => {
  const driver = waiting()
  for (const sender of [1, 2, 3, 4]) driver.feed(from(sender, 0, 20))
  expect(driver.feed(aggregated(1, 30))).toEqual([])
  expect(driver.feed(aggregated(0, 30))).toEqual([{ type: 'train', round: 1 }])
})
