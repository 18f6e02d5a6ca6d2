import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  createRoundState,
  type RoundEffect,
  type RoundEvent,
  type RoundRules,
  type RoundState,
  type TimerName,
} from '#protocol/round/state.ts'
import { step } from '#protocol/round/step.ts'
import type { Update } from '#protocol/round/update.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { only, rulesWith, update } from './round-driver.ts'

/** A random happening; its event depends on the state of the peer. */
type Happening =
  | { readonly what: 'work-done' }
  | { readonly what: 'stale-work'; readonly lag: number }
  | { readonly what: 'update'; readonly sender: PeerIndex; readonly lead: number }
  | { readonly what: 'update-at'; readonly sender: PeerIndex; readonly round: number }
  | { readonly what: 'heard'; readonly peer: PeerIndex }
  | { readonly what: 'timer'; readonly pick: number }
  | { readonly what: 'stale-timer'; readonly timer: TimerName; readonly lag: number }
  | { readonly what: 'repeat' }

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant('work-done' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('stale-work' as const), lag: fc.integer({ min: -2, max: 2 }) }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      what: fc.constant('update' as const),
      sender: fc.integer({ min: 0, max: 7 }),
      lead: fc.integer({ min: -2, max: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('update-at' as const),
      sender: fc.integer({ min: 0, max: 7 }),
      round: fc.constantFrom(-1, 0, 7, 8, 2 ** 31, Number.MAX_SAFE_INTEGER),
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('heard' as const), peer: fc.integer({ min: 0, max: 7 }) }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('timer' as const), pick: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('stale-timer' as const),
      timer: fc.constantFrom<TimerName>('deadline', 'grace', 'pull', 'heartbeat'),
      lag: fc.integer({ min: -2, max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('repeat' as const) }) },
)

const roundRules: fc.Arbitrary<RoundRules> = fc
  .record({
    degree: fc.integer({ min: 1, max: 6 }),
    quorum: fc.integer({ min: 1, max: 6 }),
    all: fc.boolean(),
    graceThreshold: fc.option(fc.integer({ min: 1, max: 5 })),
    heartbeats: fc.boolean(),
    pulls: fc.constantFrom('from-anyone' as const, 'from-sender' as const, 'never' as const),
  })
  .map(({ degree, quorum, all, graceThreshold, heartbeats, pulls }) => {
    const minimum = Math.min(quorum, degree)
    return rulesWith({
      neighbours: Array.from({ length: degree }, (_, k) => k + 1),
      rounds: 8,
      quorum: all ? 'all' : minimum,
      minimum,
      ...(graceThreshold === null ? {} : { graceThreshold: Math.max(graceThreshold, minimum) }),
      ...(heartbeats ? { heartbeatMs: 100 } : {}),
      pulls,
    })
  })

/** An outside observer's view of a peer, from events and effects only, never from its state. */
interface Witness {
  state: RoundState
  atMs: number
  readonly effects: RoundEffect[]
  readonly rejected: Set<Update>
  readonly closed: number[]
  readonly entered: number[]
  timers: { readonly timer: TimerName; readonly round: number }[]
  last: RoundEvent
}

function witness(rules: RoundRules): Witness {
  const started: RoundEvent = { type: 'started', atMs: 0 }
  const seen: Witness = {
    state: createRoundState(rules),
    atMs: 0,
    effects: [],
    rejected: new Set(),
    closed: [],
    entered: [],
    timers: [],
    last: started,
  }
  feed(seen, started)
  return seen
}

/** Feeds one event and checks all invariants after the step. */
function feed(seen: Witness, event: RoundEvent): void {
  const { rules } = seen.state
  const before = seen.state
  const { state, effects } = step(before, event)
  seen.state = state
  seen.effects.push(...effects)
  seen.last = event

  if (event.type === 'update-received') {
    const used = state.received.get(event.update.sender) === event.update
    const kept = state.early.get(event.update.sender) === event.update
    const closing = only(effects, 'aggregate').some(({ updates }) => updates.includes(event.update))
    if (!used && !kept && !closing) seen.rejected.add(event.update)
    if (before.phase !== 'stopped' && !used && !kept && !closing) expect(only(effects, 'reject')).not.toEqual([])
  }
  for (const effect of effects) {
    if (effect.type === 'set-timer') seen.timers.push(effect)
    if (effect.type === 'train') {
      // Rounds are entered in strictly increasing order, each once.
      expect(effect.round).toBeGreaterThan(seen.entered.at(-1) ?? -1)
      seen.entered.push(effect.round)
    }
    if (effect.type !== 'aggregate') continue
    expect(effect.round).toBeGreaterThan(seen.closed.at(-1) ?? -1)
    expect(effect.round).toBeLessThan(rules.rounds)
    seen.closed.push(effect.round)
    const senders = effect.updates.map(({ sender }) => sender)
    expect(senders).toEqual([...new Set(senders)].sort((a, b) => a - b))
    expect([...senders, ...effect.missing].sort((a, b) => a - b)).toEqual(rules.neighbours)
    expect(effect.updates.length).toBeGreaterThanOrEqual(rules.minimum)
    for (const used of effect.updates) {
      expect(used.round).toBe(effect.round)
      expect(seen.rejected.has(used)).toBe(false)
    }
  }
  // A peer holds at most two updates of each neighbour, and none of other peers.
  expect(state.received.size).toBeLessThanOrEqual(rules.neighbours.length)
  expect(state.early.size).toBeLessThanOrEqual(rules.neighbours.length)
  for (const map of [state.received, state.early, state.missed, state.absent, state.heardAtMs]) {
    for (const peer of map.keys()) expect(rules.neighbours).toContain(peer)
  }
  // A waiting peer has a running deadline.
  if (state.phase === 'waiting') {
    expect(seen.timers).toContainEqual(expect.objectContaining({ timer: 'deadline', round: state.round }))
  }
}

/** The event of a happening for a peer in this state; undefined if it has none. */
function eventOf(seen: Witness, next: Happening): RoundEvent | undefined {
  const { state, atMs } = seen
  const { round } = state
  switch (next.what) {
    case 'work-done':
      if (state.phase === 'training') return { type: 'trained', round, atMs }
      return state.phase === 'aggregating' ? { type: 'aggregated', round, atMs } : undefined
    case 'stale-work':
      // For this round only when it is due: ports answer each call once.
      if (next.lag === 0) return undefined
      return { type: next.lag > 0 ? 'trained' : 'aggregated', round: round - next.lag, atMs }
    case 'update':
      return { type: 'update-received', update: update(next.sender, round + next.lead), atMs }
    case 'update-at':
      return { type: 'update-received', update: update(next.sender, next.round), atMs }
    case 'heard':
      return { type: 'peer-alive', peer: next.peer, atMs }
    case 'timer': {
      const due = seen.timers.splice(next.pick % Math.max(1, seen.timers.length), 1)[0]
      if (!due) return undefined
      return { type: 'timer-fired', timer: due.timer, round: due.round, atMs }
    }
    case 'stale-timer':
      if (next.lag === 0) return undefined
      return { type: 'timer-fired', timer: next.timer, round: round - next.lag, atMs }
    case 'repeat':
      return seen.last.type === 'update-received' ? { ...seen.last, atMs } : undefined
  }
}

function play(rules: RoundRules, happenings: readonly Happening[]): Witness {
  const seen = witness(rules)
  for (const next of happenings) {
    seen.atMs += 37
    const event = eventOf(seen, next)
    if (event) feed(seen, event)
  }
  return seen
}

test('in any order of events, rounds close at most once, in order, with accepted updates of that round', () => {
  fc.assert(
    fc.property(roundRules, fc.array(happening, { maxLength: 120 }), (rules, happenings) => {
      play(rules, happenings)
    }),
    { numRuns: 600 },
  )
})

test('from any point, completing all work and firing all timers ends the run', () => {
  fc.assert(
    fc.property(roundRules, fc.array(happening, { maxLength: 80 }), (rules, happenings) => {
      const seen = play(rules, happenings)
      // No more messages arrive. Each round takes its work twice and its timers once.
      for (let turn = 0; turn < 8 * 8 && seen.state.phase !== 'stopped'; turn++) {
        const { phase, round } = seen.state
        if (phase === 'waiting') {
          const due = seen.timers.find((timer) => timer.timer === 'deadline' && timer.round === round)
          expect(due).toBeDefined()
          seen.atMs += rules.deadlineMs
          feed(seen, { type: 'timer-fired', timer: 'deadline', round, atMs: seen.atMs })
        } else {
          const event = eventOf(seen, { what: 'work-done' })
          if (event) feed(seen, event)
        }
      }
      expect(seen.state.phase).toBe('stopped')
      expect(only(seen.effects, 'stop')).toHaveLength(1)
    }),
    { numRuns: 400 },
  )
})

test('a peer with answers from all neighbours closes every round as complete, despite repeats and other Byzantine peers', () => {
  const noise = fc.array(
    fc.oneof(
      fc.record({ sender: fc.integer({ min: 5, max: 9 }), lead: fc.integer({ min: -3, max: 3 }) }),
      fc.record({ sender: fc.integer({ min: 1, max: 4 }), lead: fc.integer({ min: -3, max: -1 }) }),
      fc.record({ sender: fc.integer({ min: 1, max: 4 }), lead: fc.constant(10) }),
    ),
    { maxLength: 6 },
  )
  const order = fc.shuffledSubarray([1, 2, 3, 4], { minLength: 4 })
  fc.assert(
    fc.property(fc.array(fc.tuple(order, noise), { minLength: 10, maxLength: 10 }), (rounds) => {
      const seen = witness(rulesWith())
      rounds.forEach(([senders, extras], round) => {
        for (const { sender, lead } of extras) {
          feed(seen, { type: 'update-received', update: update(sender, round + lead), atMs: 0 })
        }
        feed(seen, { type: 'trained', round, atMs: 0 })
        for (const sender of senders) feed(seen, { type: 'update-received', update: update(sender, round), atMs: 0 })
        feed(seen, { type: 'aggregated', round, atMs: 0 })
      })
      const closings = only(seen.effects, 'aggregate')
      expect(closings.map(({ round, missing, closing }) => [round, missing, closing])).toEqual(
        rounds.map((_, round) => [round, [], 'complete']),
      )
      expect(only(seen.effects, 'stop')).toEqual([{ type: 'stop', reason: 'finished' }])
    }),
    { numRuns: 80 },
  )
})

test('a minority of Byzantine neighbours cannot move a peer ahead of all honest neighbours', () => {
  const lie = fc.record({ byzantinePeer: fc.nat(9), round: fc.integer({ min: 0, max: 7 }), honest: fc.nat(3) })
  fc.assert(
    fc.property(roundRules, fc.array(lie, { maxLength: 60 }), (rules, lies) => {
      const { neighbours } = rules
      const byzantinePeers = neighbours.slice(0, Math.floor(neighbours.length / 2))
      const honest = neighbours.slice(byzantinePeers.length)
      const seen = witness(rules)
      // Honest neighbours are in the peer's own round or one ahead; Byzantine peers claim any round.
      for (const { byzantinePeer, round, honest: lead } of lies) {
        const claimed = byzantinePeers[byzantinePeer % Math.max(1, byzantinePeers.length)]
        if (claimed !== undefined) {
          feed(seen, { type: 'update-received', update: update(claimed, round), atMs: 0 })
        }
        const truthful = honest[byzantinePeer % honest.length] as PeerIndex
        feed(seen, { type: 'update-received', update: update(truthful, seen.state.round + (lead % 2)), atMs: 0 })
        const event = eventOf(seen, { what: 'work-done' })
        if (event) feed(seen, event)
      }
      expect(only(seen.effects, 'skip')).toEqual([])
    }),
    { numRuns: 400 },
  )
})

test('a step never mutates its input state', () => {
  fc.assert(
    fc.property(roundRules, fc.array(happening, { maxLength: 60 }), (rules, happenings) => {
      const seen = witness(rules)
      for (const next of happenings) {
        const event = eventOf(seen, next)
        if (!event) continue
        const before = seen.state
        const copy = structuredClone(before)
        feed(seen, event)
        expect(before).toEqual(copy)
      }
    }),
    { numRuns: 100 },
  )
})
