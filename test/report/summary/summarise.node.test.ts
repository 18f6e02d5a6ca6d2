import { expect, test } from 'vitest'
import type { LoggedEvent, RunEvent } from '#protocol/record/events.ts'
import { summarise } from '#report/summary/summarise.ts'
import { course, lattice, quickstart, quickstartResult, roster } from '../synthetic.ts'

const at = (peer: number, round: number) => ({ peer, round, atMs: round })
const evaluated = (peer: number, round: number, accuracy: number, loss = 1): RunEvent => ({
  ...at(peer, round),
  type: 'evaluated',
  accuracy,
  loss,
  evaluateMs: 10,
  digest: '00',
})
const closed = (peer: number, round: number, influence: [number, number][] = [], sent = 0): RunEvent => ({
  ...at(peer, round),
  type: 'round-closed',
  closing: 'complete',
  loss: 1,
  trainMs: 20,
  waitMs: 30,
  aggregateMs: 4,
  bytesSent: sent,
  bytesReceived: sent / 2,
  accepted: influence.map(([from]) => from).filter((from) => from !== peer),
  missing: [],
  influence,
})
/** Three peers on a triangle; the last one is Byzantine. */
const three = roster(3, lattice(3, 1), [2])
const start: LoggedEvent = { type: 'roster', peers: three, startedAt: 'now' }
const small = (log: readonly LoggedEvent[], changes: Parameters<typeof quickstartResult>[0] = {}) =>
  summarise(
    quickstartResult({
      experiment: quickstart({ peers: { honest: 2, byzantine: 1 }, rounds: { count: 4 }, expect: [], twins: [] }),
      edges: lattice(3, 1),
      twins: [],
      neighbourhoods: [],
      consensus: [],
      log: [start, ...log],
      ...changes,
    }),
  )

test('curves are the mean and the minimum accuracy of honest peers, without Byzantine peers', () => {
  const { curves, metrics } = small([
    ...[evaluated(0, 1, 0.5, 2), evaluated(1, 1, 0.7, 1), evaluated(2, 1, 0.1)],
    ...[evaluated(0, 3, 0.8, 0.5), evaluated(1, 3, 0.6, 0.3), evaluated(2, 3, 0)],
  ])
  expect(curves.rounds).toEqual([1, 3])
  expect(curves.accuracyMean[0]).toBeCloseTo(0.6, 12)
  expect(curves.accuracyMean[1]).toBeCloseTo(0.7, 12)
  expect(curves.accuracyWorst).toEqual([0.5, 0.6])
  expect(curves.lossMean).toEqual([1.5, 0.4])
  expect(metrics.accuracy).toMatchObject({ mean: 0.7, worst: 0.6, best: 0.7 })
})

test('the best accuracy may lie before the last round', () => {
  const { metrics } = small([evaluated(0, 1, 0.9), evaluated(1, 1, 0.7), evaluated(0, 3, 0.5), evaluated(1, 3, 0.5)])
  expect(metrics.accuracy.best).toBeCloseTo(0.8, 12)
  expect(metrics.accuracy.mean).toBe(0.5)
})

test('means include the last value of a stopped peer, and a note says so', () => {
  const { curves, notes, peers } = small([
    ...[evaluated(0, 1, 0.5), evaluated(1, 1, 0.25)],
    { ...at(1, 1), type: 'stopped', reason: 'left' },
    evaluated(0, 3, 0.75),
  ])
  expect(curves.accuracyMean).toEqual([0.375, 0.5])
  expect(curves.accuracyWorst).toEqual([0.25, 0.25])
  expect(peers[1]?.stopped).toBe('left after round 2')
  expect(notes).toEqual(['Peer 1 stopped early (left after round 2); means include its last value.'])
})

test('a note counts the peers refused before the start, by reason', () => {
  const turnedAway = { counts: { disconnected: 1, silent: 2 }, seats: [] }
  expect(small([], { log: [{ type: 'roster', peers: three, startedAt: 'now', turnedAway }] }).notes).toContain(
    'Before the start 3 peers were refused or lost a seat: 2 silent, 1 disconnected.',
  )
})

test('the curves of an interrupted run end at the slowest peer, and the verdict names the rounds', () => {
  const { curves, verdict, metrics } = small(
    [
      ...[closed(0, 0), closed(1, 0), closed(0, 1), closed(1, 1), closed(0, 2)],
      ...[evaluated(0, 1, 0.5), evaluated(1, 1, 0.7), evaluated(0, 2, 0.9)],
    ],
    { outcome: 'interrupted' },
  )
  expect(curves.rounds).toEqual([1])
  expect(metrics.accuracy.worst).toBe(0.5)
  expect(verdict.kind).toBe('interrupted')
  expect(verdict.lines[0]).toContain('Interrupted after 2 of 4 rounds')
})

test('a run that broke before anything was evaluated has no figures, and its expectations fail', () => {
  const experiment = quickstart({ expect: [{ metric: 'accuracy.mean', atLeast: 0 }], twins: [] })
  const { verdict, metrics, curves } = small([], { experiment, outcome: 'broke', failure: 'edge 0-1 did not come up' })
  expect(verdict).toMatchObject({ kind: 'swarm broke', exitCode: 3 })
  expect(verdict.lines[0]).toBe('The swarm broke after 0 of 40 rounds: edge 0-1 did not come up.')
  expect(verdict.expectations[0]?.holds).toBe(false)
  expect(metrics.accuracy.mean).toBeNaN()
  expect(curves.rounds).toEqual([])
})

test('totals of a peer come from its own events', () => {
  const { peers, phases, rejections, metrics, traffic } = small([
    ...[
      closed(0, 0, [], 100),
      closed(1, 0, [], 300),
      closed(
        0,
        1,
        [
          [0, 0.5],
          [1, 0.5],
        ],
        200,
      ),
      closed(1, 1, [], 600),
    ],
    { ...at(0, 1), type: 'update-rejected', from: 2, reason: 'late' },
    { ...at(0, 1), type: 'update-rejected', from: 2, reason: 'late' },
    { ...at(0, 1), type: 'update-rejected', from: 1, reason: 'duplicate' },
    { ...at(2, 1), type: 'update-rejected', from: 1, reason: 'not-finite' },
    { ...at(1, 1), type: 'starved', received: 0, quorum: 1 },
    { ...at(1, 1), type: 'rounds-skipped', to: 3, retrains: true },
    evaluated(0, 1, 0.5),
  ])
  expect(peers[0]).toMatchObject({
    bytesSent: 200,
    bytesReceived: 100,
    accepted: 1,
    rejected: { late: 2, duplicate: 1 },
  })
  expect(peers[1]).toMatchObject({ starved: 1, accuracy: null })
  expect(rejections).toEqual({ late: 2, duplicate: 1 })
  expect(metrics.rounds).toEqual({ starved: 1, closed: 4, skipped: 2 })
  expect(phases).toEqual({ train: 20, wait: 30, aggregate: 4, evaluate: 2.5 })
  expect(traffic).toEqual({ rounds: [0, 1], sent: [200, 400], received: [100, 200] })
})

test('influence is a mean over closed rounds; a missing vector counts as 0', () => {
  const { influence } = small([
    closed(0, 0, [
      [0, 0.5],
      [1, 0.5],
      [2, 0],
    ]),
    closed(0, 1, [
      [0, 0.75],
      [1, 0.25],
    ]),
  ])
  expect(influence).toEqual([
    { peer: 0, from: 0, share: 0.625, used: 1 },
    { peer: 0, from: 1, share: 0.375, used: 1 },
    { peer: 0, from: 2, share: 0, used: 0.5 },
  ])
})

test('little-is-enough with z = 0 throughout is vacuous, whatever the accuracy', () => {
  const crafted = (z: number): RunEvent => ({ ...at(2, 0), type: 'attack-crafted', z, colluders: 2 })
  const fine = [evaluated(0, 3, 0.9), evaluated(1, 3, 0.9)]
  expect(small([crafted(0), crafted(-0), ...fine]).verdict).toMatchObject({ kind: 'vacuous attack', exitCode: 1 })
  expect(small([crafted(0), crafted(0.3), ...fine]).verdict).toMatchObject({ kind: 'as expected', exitCode: 0 })
  const experiment = quickstart({ attack: { name: 'sign-flip' }, expect: [], twins: [] })
  expect(small([crafted(0), ...fine], { experiment }).verdict.kind).toBe('as expected')
})

/** Peers that starve for two rounds and stop. */
const starving = (...peers: number[]): RunEvent[] =>
  peers.flatMap((peer) => [
    closed(peer, 0),
    { ...at(peer, 1), type: 'starved', received: 2, quorum: 4 },
    { ...at(peer, 2), type: 'starved', received: 3, quorum: 4 },
    { ...at(peer, 2), type: 'stopped', reason: 'starved' },
  ])
const krum = { aggregation: { name: 'krum', f: 1 }, attack: { name: 'stall' }, expect: [], twins: [] }

test('a run with starving honest peers fails, with the reason first and as data', () => {
  const experiment = quickstart({ ...krum, expect: [{ metric: 'accuracy.mean', atLeast: 0.1 }] })
  const { verdict } = small([...starving(0, 1), evaluated(0, 0, 0.5), evaluated(1, 0, 0.5)], { experiment })
  expect(verdict).toMatchObject({ kind: 'honest peers starved', exitCode: 1 })
  expect(verdict.starvation).toEqual({
    peers: [0, 1],
    honest: 2,
    round: { least: 2, most: 2 },
    needed: { least: 5, most: 5 },
    came: { least: 3, most: 4 },
  })
  expect(verdict.lines.slice(0, 2)).toEqual([
    "2 of 2 honest peers starved in round 3: krum with f = 1 needs 5 vectors, the peer's own included, and got 3 to 4.",
    'As expected: accuracy.mean 0.5 (at least 0.1).',
  ])
})

test('starvation of half of the honest peers, of Byzantine peers, or as expected does not fail a run', () => {
  const experiment = quickstart(krum)
  const half = small([...starving(1), evaluated(0, 3, 0.5), evaluated(1, 0, 0.5)], { experiment }).verdict
  expect(half).toMatchObject({ kind: 'as expected', exitCode: 0 })
  expect(half.lines[0]).toMatch(/^1 of 2 honest peers starved in round 3: /)
  const byzantinePeer = small([...starving(2), evaluated(0, 3, 0.5), evaluated(1, 3, 0.5)], { experiment }).verdict
  expect(byzantinePeer).not.toHaveProperty('starvation')
  const told = quickstart({ ...krum, expect: [{ metric: 'rounds.starved', atLeast: 4 }] })
  const wanted = small([...starving(0, 1), evaluated(0, 0, 0.5)], { experiment: told }).verdict
  expect(wanted).toMatchObject({ kind: 'as expected', exitCode: 0, expectations: [{ value: 4, holds: true }] })
})

test.each([
  [{ metric: 'accuracy.mean', atLeast: 0.9 }, true, 'at least 0.9'],
  [{ metric: 'accuracy.mean', atLeast: 0.90001 }, false, 'at least 0.90001'],
  [{ metric: 'accuracy.worst', atMost: 0.8 }, true, 'at most 0.8'],
  [{ metric: 'loss.mean', atLeast: 0.5, atMost: 0.9 }, false, 'at least 0.5 and at most 0.9'],
  [{ metric: 'rounds.starved', atMost: 0 }, true, 'at most 0'],
  [{ metric: 'consensus.distance', atMost: 10 }, false, 'at most 10'],
])('judges %j: %s', (expectation, holds, bound) => {
  const experiment = quickstart({ expect: [expectation], twins: [] })
  const { verdict } = small([evaluated(0, 3, 0.8), evaluated(1, 3, 1)], { experiment })
  expect(verdict.expectations).toMatchObject([{ holds, bound }])
  expect(verdict).toMatchObject(
    holds ? { kind: 'as expected', exitCode: 0 } : { kind: 'expectation failed', exitCode: 1 },
  )
})

test('findings: the cost of the Byzantine peers, training alone, the gain of the rule, and a large z', () => {
  const { lines } = summarise(quickstartResult()).verdict
  expect(lines).toEqual([
    'As expected: accuracy.mean 0.901 (at least 0.85), accuracy.worst 0.8944 (at least 0.85).',
    'After 40 rounds honest peers reach 90.1 % on average and 89.4 % at the worst peer, with 2 Byzantine peers among 8 peers (little-is-enough, z = 10).',
    'The 2 Byzantine peers cost an undefended swarm 17.0 points: plain averaging falls from 91.7 % to 74.7 %, below training alone (84.4 %).',
    'Median wins back 15.4 of the 17.0 points: 90.1 %.',
    expect.stringMatching(
      /^z = 10 is large \(realised z at the median victim: 6\.\d\): the LIE paper uses 0\.2 to 1\.5\./,
    ),
    'The attack and the trimmed mean: 83.8 % on average, 79.8 % at the worst peer.',
  ])
})

test('recognises twins by their changes, and reports a rule that is worse than plain averaging', () => {
  const base = quickstartResult()
  const experiment = quickstart({
    attack: { name: 'little-is-enough', z: 1.5 },
    aggregation: { name: 'trimmed-mean', f: 1 },
    twins: [
      { name: 'x', label: 'no Byzantine peers', set: { 'peers.byzantine': 0 } },
      { name: 'y', label: 'no rule', set: { 'aggregation.name': 'average' } },
    ],
  })
  const as = (name: string, i: number) => ({ ...base.twins[i], name }) as (typeof base.twins)[number]
  const peers = roster(8, base.edges, [1, 6])
  const { lines } = summarise({
    ...base,
    experiment,
    twins: [as('x', 0), as('y', 2)],
    log: course({ peers, rounds: 40, evaluateEvery: 5, end: 0.77, apart: 0.02, seed: 9, z: 1.5 }),
  }).verdict
  expect(lines.join('\n')).toMatch(
    /2 Byzantine peers cost an undefended swarm 7\.\d points: plain averaging falls from 91\.7 % to 83\.8 %\./,
  )
  expect(lines.join('\n')).toMatch(/Trimmed mean is worse than plain averaging under the same attack by 7\.\d points/)
  expect(lines.join('\n')).not.toContain('is large')
})

test('needs a roster', () => {
  expect(() => summarise(quickstartResult({ log: [] }))).toThrow('a log needs a roster event, got none')
})
