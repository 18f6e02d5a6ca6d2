import { expect, test } from 'vitest'
import { normal, randomStream } from '#learning/random.ts'
import { consensusDistance, neighbourhoodFigures } from '#protocol/figures/metrics.ts'
import type { LoggedEvent } from '#protocol/record/events.ts'
import { encodeSketch, sketchCoordinates } from '#protocol/record/sketch.ts'
import { joinSketches, rolesOf } from '#report/summary/join.ts'
import { lattice, roster } from '../../report/synthetic.ts'

const of = (...values: number[]) => Float32Array.from(values)

test('consensus distance of two points on a line is the square of half their distance', () => {
  expect(consensusDistance([of(1, 0), of(3, 0)])).toBe(1)
  expect(consensusDistance([of(2, 5), of(2, 5)])).toBe(0)
  expect(() => consensusDistance([])).toThrow(RangeError)
})

const honest = [
  { peer: 0, vector: of(1, 10), role: 'honest' },
  { peer: 1, vector: of(3, 30), role: 'honest' },
] as const

test('figures of a neighbourhood match a calculation by hand', () => {
  // mean (2, 20), std (1, 10); the crafted vector is 1.5 std below the mean, and no honest vector is that far out.
  const figures = neighbourhoodFigures({
    round: 4,
    peer: 0,
    output: of(2, 10),
    members: [...honest, { peer: 2, vector: of(0.5, 5), role: 'byzantine' }],
    influence: [
      [0, 0.5],
      [1, 0.25],
      [2, 0.25],
    ],
  })
  expect(figures).toEqual({
    round: 4,
    peer: 0,
    realisedZ: 1.5,
    supporters: 0,
    byzantineInfluence: 0.25,
    kappa: 100 / 101,
  })
})

test('supporters are the honest vectors at least as far out as the crafted one, on its side', () => {
  const figures = (lie: Float32Array) =>
    neighbourhoodFigures({
      round: 0,
      peer: 0,
      output: of(2, 20),
      members: [...honest, { peer: 2, vector: lie, role: 'byzantine' }],
      influence: [],
    })
  expect(figures(of(1.5, 15))).toMatchObject({ realisedZ: 0.5, supporters: 1, kappa: 0 })
  expect(figures(of(2.5, 25))).toMatchObject({ realisedZ: -0.5, supporters: 1 })
})

test('without a Byzantine peer there is no realised z, without spread no kappa', () => {
  expect(neighbourhoodFigures({ round: 0, peer: 0, output: of(2, 20), members: honest, influence: [[0, 1]] })).toEqual({
    round: 0,
    peer: 0,
    realisedZ: null,
    supporters: null,
    byzantineInfluence: 0,
    kappa: 0,
  })
  const same = [honest[0], { ...honest[0], peer: 1 }]
  expect(neighbourhoodFigures({ round: 0, peer: 0, output: of(1, 10), members: same, influence: [] }).kappa).toBeNull()
})

/** Normal vectors of d numbers around a common point, a crafted one 2 std off, and a rule that averages the honest. */
function swarm() {
  const d = 20_000
  const seed = 3
  const random = randomStream(seed, 'test')
  const peers = roster(6, lattice(6, 2), [5])
  const vectors = peers.map(() => Float32Array.from({ length: d }, () => 0.1 * normal(random)))
  const own = vectors.slice(0, 5)
  vectors[5] = Float32Array.from({ length: d }, (_, k) => {
    const values = own.map((vector) => vector[k] as number)
    const mean = values.reduce((a, b) => a + b) / 5
    return mean - 2 * Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / 5)
  })
  const coordinates = sketchCoordinates(d, seed)
  const honestPeers = peers.filter((entry) => entry.role === 'honest')
  const aggregations = honestPeers.map((entry) => {
    const members = [entry.peer, ...entry.neighbours]
    const output = Float32Array.from({ length: d }, (_, k) => {
      const used = members.filter((peer) => peer !== 5)
      return used.reduce((sum, peer) => sum + (vectors[peer]?.[k] as number), 0) / used.length + 0.02 * normal(random)
    })
    return { entry, members, output }
  })
  const log: LoggedEvent[] = [
    { type: 'roster', peers, startedAt: 'now' },
    ...aggregations.flatMap(({ entry, members, output }): LoggedEvent[] => [
      {
        ...{ type: 'round-closed', closing: 'complete', peer: entry.peer, round: 4, atMs: 0, loss: 1, trainMs: 1 },
        ...{ waitMs: 1, aggregateMs: 1, bytesSent: 0, bytesReceived: 0, accepted: entry.neighbours, missing: [] },
        influence: members.map((peer) => [peer, peer === 5 ? 0.125 : 0.875 / (members.length - 1)] as const),
      },
      {
        ...{
          type: 'evaluated',
          peer: entry.peer,
          round: 4,
          atMs: 0,
          loss: 1,
          accuracy: 0.5,
          evaluateMs: 1,
          digest: '',
        },
        sketches: {
          own: encodeSketch(vectors[entry.peer] as Float32Array, coordinates),
          output: encodeSketch(output, coordinates),
          model: encodeSketch(output, coordinates),
          received: entry.neighbours.map((peer) => [peer, encodeSketch(vectors[peer] as Float32Array, coordinates)]),
        },
      },
    ]),
  ]
  return { d, peers, vectors, aggregations, log }
}

test('estimates from sketches are near the exact figures, within four standard errors of 256 draws', () => {
  const { d, peers, vectors, aggregations, log } = swarm()
  const roles = rolesOf(peers)
  const estimate = joinSketches(log, roles, d)
  // A sum of squares of 256 normal numbers has a relative standard error of sqrt(2 / 256) = 0.088.
  const exactDistance = consensusDistance(aggregations.map(({ output }) => output))
  expect(estimate.consensus).toHaveLength(1)
  expect(Math.abs((estimate.consensus[0]?.distance ?? 0) / exactDistance - 1)).toBeLessThan(4 * 0.088)
  expect(estimate.neighbourhoods).toHaveLength(5)
  for (const { entry, members, output } of aggregations) {
    const exact = neighbourhoodFigures({
      round: 4,
      peer: entry.peer,
      output,
      members: members.map((peer) => ({
        peer,
        vector: vectors[peer] as Float32Array,
        role: roles.get(peer) ?? 'honest',
      })),
      influence: [],
    })
    const guess = estimate.neighbourhoods.find((figures) => figures.peer === entry.peer)
    if (exact.realisedZ === null) {
      expect(guess?.realisedZ).toBeNull()
      continue
    }
    // The median of 256 values spread by s has a standard error of 1.25 s / 16; s is near 1 here.
    expect(Math.abs((guess?.realisedZ ?? 0) - exact.realisedZ)).toBeLessThan(4 * 0.08)
    expect(Math.abs((guess?.kappa ?? 0) / (exact.kappa ?? 0) - 1)).toBeLessThan(4 * 0.088 * Math.SQRT2)
    expect(guess?.byzantineInfluence).toBe(0.125)
  }
})

test('leaves out evaluations with malformed sketches, and those of Byzantine peers', () => {
  const { d, peers, log } = swarm()
  const spoilt = log.map((event): LoggedEvent => {
    if (event.type !== 'evaluated' || !event.sketches) return event
    if (event.peer === 0) return { ...event, sketches: { ...event.sketches, own: '<script>' } }
    if (event.peer === 1) return { ...event, sketches: { ...event.sketches, output: 'AACAPw==' } }
    return event.peer === 2 ? { ...event, peer: 5 } : event
  })
  const { neighbourhoods } = joinSketches(spoilt, rolesOf(peers), d)
  expect(neighbourhoods.map((figures) => figures.peer)).toEqual([3, 4])
})
