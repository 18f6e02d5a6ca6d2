import { expect, test } from 'vitest'
import type { RunEvent } from '#protocol/record/events.ts'
import { followScript, type ScriptEntry, scriptsOf } from '#protocol/replay/script.ts'
import { createRoundState, type RoundEvent, type RoundRules } from '#protocol/round/state.ts'
import { experimentWith, simulate } from '../simulation/quadratic-pool.ts'

type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

const digests = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'evaluated' ? [`${event.round} ${event.peer} ${event.digest}`] : [])).sort()

/** The crafts of each Byzantine peer, and their sources. */
const crafts = (events: readonly RunEvent[]) =>
  events
    .flatMap((event) => (event.type === 'attack-crafted' ? [{ ...event, atMs: 0 }] : []))
    .sort((a, b) => a.peer - b.peer || a.round - b.round || (a.victim ?? 0) - (b.victim ?? 0))

const rough = { churn: 0.15, drop: 0.15, delayMs: 200, computeMs: 5 }

test.each([
  ['losses, delays and absences', { faults: rough, rounds: { count: 40, deadlineMs: 300, evaluateEvery: 3 } }],
  [
    'a network so lossy that peers starve',
    {
      faults: { churn: 0.05, drop: 0.25, delayMs: 50 },
      rounds: { count: 30, deadlineMs: 300, evaluateEvery: 3, quorum: 3 },
    },
  ],
  ['a rule with memory', { faults: rough, aggregation: { name: 'centered-clipping', tau: 1, start: 'own' } }],
  ['a rule that asks for losses', { faults: rough, aggregation: { name: 'ubar' } }],
  ['liars', { peers: { honest: 6, byzantine: 2, placement: [1, 6] }, attack: { name: 'little-is-enough', z: 2 } }],
  ['gradients', { exchange: 'gradients', topology: { name: 'complete' }, faults: { drop: 0.1 } }],
  ['peers alone', { exchange: 'none' }],
])('a run with %s replays from its scripts bit for bit, in no virtual time', async (_, changes) => {
  const experiment = experimentWith(changes)
  const run = await simulate(experiment)
  expect(digests(run.events).length).toBeGreaterThan(0)
  const again = await simulate(experiment, { scripts: scriptsOf(run.events) })
  expect(digests(again.events)).toEqual(digests(run.events))
  expect(again.transcriptHash).toBe(run.transcriptHash)
  expect(again.virtualMs).toBeLessThanOrEqual(run.virtualMs)
})

const lossy = { churn: 0.05, drop: 0.15, delayMs: 120 }
const pair = { peers: { honest: 6, byzantine: 2, placement: [1, 2] } }
const trio = { peers: { honest: 6, byzantine: 3, placement: [1, 2, 6] } }
const neighbourhood = { knowledge: 'neighbourhood' }

test.each([
  ['neighbours, of which one may come too late to the other', pair, { name: 'little-is-enough', z: 2 }],
  ['three, with fewer than all at times', trio, { name: 'min-max' }],
  ['one vector a victim', trio, { name: 'little-is-enough', z: 1, delivery: 'per-victim' }],
  ['what neighbours sent a round ago', trio, { name: 'fang', ...neighbourhood }],
  ['what neighbours sent in the same round', trio, { name: 'little-is-enough', z: 1, ...neighbourhood, rushing: true }],
  ['a memory of whom to mimic', trio, { name: 'mimic', ...neighbourhood }],
  ['old vectors', pair, { name: 'replay', age: 3 }],
  ['late vectors', trio, { name: 'stall' }],
  ['vectors that honest peers refuse', pair, { name: 'non-finite' }],
  ['training of their own', trio, { name: 'backdoor' }],
  ["the victims' own centre", pair, { name: 'dissensus', ...neighbourhood, delivery: 'per-victim' }],
])('Byzantine peers with %s replay their crafts, even with late and lost vectors', async (_, peers, attack) => {
  // Lost gradients are pulled from any peer, which may have another vector: no log says which one was used.
  const gradients = { exchange: 'gradients', topology: { name: 'complete' } }
  const everywhere = [{}, { commitments: 'evidence' }, { topology: { name: 'epidemic', degree: 4 } }]
  for (const changes of 'delivery' in attack ? everywhere : [...everywhere, gradients]) {
    const experiment = experimentWith({
      ...peers,
      attack,
      faults: lossy,
      aggregation: { name: 'trimmed-mean', f: 1 },
      rounds: { count: 30, deadlineMs: 300, evaluateEvery: 3 },
      ...changes,
    })
    const run = await simulate(experiment)
    const again = await simulate(experiment, { scripts: scriptsOf(run.events) })
    expect(digests(again.events).length).toBe(digests(run.events).length)
    expect(digests(again.events)).toEqual(digests(run.events))
    expect(crafts(again.events)).toEqual(crafts(run.events))
  }
})

test('the second network above does starve peers', async () => {
  const faults = { churn: 0.05, drop: 0.25, delayMs: 50 }
  const run = await simulate(
    experimentWith({ faults, rounds: { count: 30, deadlineMs: 300, evaluateEvery: 3, quorum: 3 } }),
  )
  expect(run.of('starved').length).toBeGreaterThan(10)
  expect(run.of('round-closed').length).toBeGreaterThan(10)
})

const rules: RoundRules = {
  self: 0,
  neighbours: [1],
  rounds: 9,
  quorum: 1,
  minimum: 1,
  deadlineMs: 100,
  pulls: 'never',
}
const update = (round: number) => ({ round, sender: 1, vector: Float32Array.of(round) })

function follow(script: readonly ScriptEntry[]) {
  const decide = followScript(script)
  let state = createRoundState(rules)
  return (event: DistributedOmit<RoundEvent, 'atMs'>) => {
    const next = decide(state, { ...event, atMs: 0 } as RoundEvent)
    state = next.state
    return next.effects.map((effect) => `${effect.type} ${'round' in effect ? effect.round : ''}`.trim())
  }
}

test('a peer that skipped while it waited trains again; one that skipped while it trained sends its update', () => {
  const waiting = follow([
    { type: 'skipped', round: 0, to: 3, retrains: true },
    { type: 'closed', round: 3, accepted: [1] },
  ])
  expect(waiting({ type: 'started' })).toEqual(['train 0'])
  expect(waiting({ type: 'trained', round: 0 })).toEqual(['send 0', 'skip', 'train 3'])
  expect(waiting({ type: 'update-received', update: update(3) })).toEqual([])
  expect(waiting({ type: 'trained', round: 3 })).toEqual(['send 3', 'aggregate 3'])
  expect(waiting({ type: 'aggregated', round: 3 })).toEqual(['train 4'])

  const training = follow([
    { type: 'skipped', round: 0, to: 3, retrains: false },
    { type: 'closed', round: 3, accepted: [1] },
    { type: 'stopped', reason: 'finished' },
  ])
  expect(training({ type: 'started' })).toEqual(['train 0'])
  expect(training({ type: 'trained', round: 0 })).toEqual(['skip', 'send 3'])
  expect(training({ type: 'update-received', update: update(2) })).toEqual([])
  expect(training({ type: 'update-received', update: update(3) })).toEqual(['aggregate 3'])
  expect(training({ type: 'aggregated', round: 3 })).toEqual(['stop'])
})

test('one update more or less in one round gives another run', async () => {
  const experiment = experimentWith({ faults: rough })
  const run = await simulate(experiment)
  const scripts = scriptsOf(run.events)
  const [entry] = (scripts.get(2) ?? []).filter((each) => each.type === 'closed' && each.accepted.length > 1)
  if (entry?.type !== 'closed') throw new Error('peer 2 never used two updates')
  Object.assign(entry, { accepted: entry.accepted.slice(1) })
  const again = await simulate(experiment, { scripts })
  expect(again.transcriptHash).not.toBe(run.transcriptHash)
})

test('a peer that was lost before the end still sends the updates that others used', async () => {
  const experiment = experimentWith({ rounds: { count: 9, deadlineMs: 1000, evaluateEvery: 3 } })
  const run = await simulate(experiment)
  // As if the process of peer 4 had died in round 5, after its send.
  const log = run.events.filter(({ peer, round }) => peer !== 4 || round < 5)
  const again = await simulate(experiment, {
    scripts: new Map(
      [...scriptsOf(log)].map(([peer, script]) => [
        peer,
        script.map((entry) =>
          peer !== 4 && entry.type === 'closed' && entry.round > 5
            ? { ...entry, accepted: entry.accepted.filter((sender) => sender !== 4) }
            : entry,
        ),
      ]),
    ),
  })
  expect(
    again
      .of('stopped')
      .map(({ peer }) => peer)
      .sort(),
  ).toEqual([0, 1, 2, 3, 5])
  expect(digests(again.events.filter(({ round }) => round === 5))).toEqual(
    digests(run.events.filter(({ round, peer }) => round === 5 && peer !== 4)),
  )
})
