import { expect, test } from 'vitest'
import { experimentSchema } from '#protocol/experiment/schema.ts'
import type { LoggedEvent, RosterEntry, RunEvent } from '#protocol/record/events.ts'
import { repetitionOf } from '../../../report/summary/repetition.ts'

const experimentOf = (changes: Record<string, unknown> = {}) =>
  experimentSchema.parse({
    name: 'repetition',
    peers: { honest: 2, byzantine: 1, placement: [2] },
    topology: { name: 'complete' },
    learning: { dataset: 'digits' },
    aggregation: { name: 'median' },
    attack: { name: 'sign-flip' },
    rounds: { count: 1, deadlineMs: 12_000 },
    runtime: { name: 'processes' },
    ...changes,
  })

const roster = (engine = 'wasm'): RosterEntry[] =>
  [0, 1, 2].map((peer) => ({ peer, kind: 'process', role: 'honest', neighbours: [], examples: 1, engine }))

const closed = (peer: number, waitMs = 1): RunEvent => ({
  type: 'round-closed',
  peer,
  round: 0,
  atMs: 1,
  closing: 'complete',
  loss: 1,
  trainMs: 1,
  waitMs,
  aggregateMs: 1,
  bytesSent: 0,
  bytesReceived: 0,
  accepted: [0, 1, 2].filter((other) => other !== peer),
  missing: [],
  influence: [],
})
const log: readonly LoggedEvent[] = [
  { type: 'roster', peers: roster(), startedAt: '' },
  { type: 'attack-crafted', peer: 2, round: 0, atMs: 0, colluders: 1 },
  ...[0, 1, 2].map((peer) => closed(peer)),
]

test('a swarm with a complete log is D1, otherwise D2 with the reason', () => {
  const of = (changes: Record<string, unknown> = {}, outcome: object = {}) =>
    repetitionOf(experimentOf(changes), { exact: false, roster: roster(), log, ...outcome })
  expect(of({}, { exact: true })).toEqual({ class: 'D0' })
  expect(of()).toEqual({ class: 'D1' })
  const reasonOf = (...given: Parameters<typeof of>) => of(...given).reason
  expect(reasonOf({ runtime: { name: 'hosted' } })).toMatch(/guests/)
  expect(reasonOf({}, { log: log.slice(0, 1) })).toBe('no round was run')
  expect(reasonOf({}, { roster: roster('tfjs-wasm') })).toMatch(/^it computed on tfjs-wasm instead of wasm,/)
  expect(reasonOf({}, { roster: [...roster().slice(1), ...roster('tfjs-webgl (a, software)').slice(0, 1)] })).toMatch(
    /^1 peer \(0\) computed on tfjs-webgl instead of wasm,/,
  )
  expect(of({}, { exact: true, roster: roster('wasm-fast') })).toEqual({
    class: 'D2',
    reason: 'it computed on wasm-fast instead of wasm, so the last bits depend on the machine',
  })
  expect(reasonOf({}, { log: log.filter(({ type }) => type !== 'attack-crafted') })).toBe(
    'the events of peer 2 in round 1 are missing, and peer 0 used its update',
  )
  const perVictim = {
    attack: { name: 'little-is-enough', z: 1, delivery: 'per-victim' },
    peers: { honest: 1, byzantine: 2, placement: [1, 2] },
  }
  const otherColluder: RunEvent = { type: 'attack-crafted', peer: 1, round: 0, atMs: 0, colluders: 2, victim: 0 }
  expect(of(perVictim, { log: [...log, otherColluder] })).toEqual({ class: 'D1' })
  expect(reasonOf(perVictim, { log: [...log.slice(0, -1), otherColluder, closed(2, 1500)] })).toMatch(
    /a victim that waited/,
  )
})

test('an external rule gives D2, with the class that the run has otherwise', () => {
  const of = (aggregation: object, outcome: object = {}, changes: object = {}) =>
    repetitionOf(experimentOf({ aggregation, ...changes }), { exact: true, roster: roster(), log, ...outcome })
  const module = { name: 'module', module: 'my/rule.ts' }
  expect(of(module)).toEqual({
    class: 'D2',
    reason: 'its rule is the file my/rule.ts, which the run folder does not contain',
    otherwise: 'D0',
  })
  expect(of({ name: 'command', command: ['python3', 'rule.py'] }, { exact: false })).toEqual({
    class: 'D2',
    reason: 'its rule is the program python3 rule.py, which the run folder does not contain',
    otherwise: 'D1',
  })
  expect(of(module, { exact: false, log: log.slice(0, 1) })).toEqual({ class: 'D2', reason: 'no round was run' })
})
