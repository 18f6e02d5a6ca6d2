import { expect, test } from 'vitest'
import { metricNames } from '#protocol/experiment/metric-names.ts'
import type { NeighbourhoodFigures } from '#protocol/figures/figures.ts'
import type { LoggedEvent, RosterEntry } from '#protocol/record/events.ts'
import { evenTicks } from '#report/drawing/line-chart.ts'
import { curvesOf } from '#report/summary/curves.ts'
import { flatMetrics } from '#report/summary/metric-values.ts'
import { metricsOf } from '#report/summary/run-metrics.ts'
import { quantile } from '#report/summary/wording.ts'
import { lattice, roster } from '../synthetic.ts'

/** Peers 0 to 2 are honest, peer 3 is Byzantine. */
const peers: readonly RosterEntry[] = roster(4, lattice(4, 2), [3]).map((entry) => ({ ...entry, kind: 'simulated' }))
const closed = (peer: number, round: number, influence: [number, number][], atMs = 0): LoggedEvent => ({
  ...{ type: 'round-closed', closing: 'complete', peer, round, atMs, loss: 1, trainMs: 1, waitMs: 1, aggregateMs: 1 },
  ...{ bytesSent: 10 * (round + 1), bytesReceived: 20 * (round + 1), accepted: [], missing: [], influence },
})
const evaluated = (peer: number, round: number, accuracy: number): LoggedEvent => ({
  ...{ type: 'evaluated', peer, round, atMs: 0, loss: 1, accuracy, evaluateMs: 1, digest: '' },
})
const measure = (
  events: readonly LoggedEvent[],
  neighbourhoods: readonly NeighbourhoodFigures[] = [],
  kind: RosterEntry['kind'] = 'simulated',
) => {
  const start: LoggedEvent = { type: 'roster', peers: peers.map((entry) => ({ ...entry, kind })), startedAt: 'now' }
  const log = [start, ...events]
  return metricsOf({
    log,
    curves: curvesOf(log, 'finished'),
    consensus: [],
    neighbourhoods,
    displacements: [],
    attackZ: 1.5,
  })
}

test('accuracy: area is the mean over evaluated rounds, the worst peer is also that of the best round', () => {
  const { accuracy } = measure([
    ...[evaluated(0, 1, 0.2), evaluated(1, 1, 0.4), evaluated(2, 1, 0.6), evaluated(3, 1, 1)],
    ...[evaluated(0, 3, 0.9), evaluated(1, 3, 0.9), evaluated(2, 3, 0.6)],
    ...[evaluated(0, 5, 0.7), evaluated(1, 5, 0.6), evaluated(2, 5, 0.5)],
  ])
  expect(accuracy.mean).toBeCloseTo(0.6, 12)
  expect(accuracy.best).toBeCloseTo(0.8, 12)
  expect(accuracy.worstAtBest).toBe(0.6)
  expect(accuracy.area).toBeCloseTo((0.4 + 0.8 + 0.6) / 3, 12)
  // A fifth of the way from the least of three to the middle one.
  expect(accuracy.p10).toBeCloseTo(0.52, 12)
})

test('Byzantine influence is the mean over honest peers and rounds of the summed influence of Byzantine vectors', () => {
  const { influence } = measure([
    ...[
      closed(0, 0, [
        [0, 0],
        [3, 1],
      ]),
      closed(1, 0, [
        [1, 1],
        [3, 0],
      ]),
      closed(2, 0, [
        [1, 0.5],
        [3, 0.5],
      ]),
    ],
    ...[closed(0, 1, [[0, 1]]), closed(3, 0, [[3, 1]])],
  ])
  expect(influence.byzantine).toBeCloseTo(1.5 / 4, 12)
})

test('figures of neighbourhoods are medians and means over the measured ones', () => {
  const at = (peer: number, realisedZ: number | null, kappa: number | null): NeighbourhoodFigures => ({
    ...{
      round: 1,
      peer,
      realisedZ,
      supporters: realisedZ === null ? null : realisedZ / 10,
      byzantineInfluence: 0,
      kappa,
    },
  })
  const metrics = measure([], [at(0, 1, 0.5), at(1, 3, 0.7), at(2, null, 9)])
  expect(metrics.z.realised).toBe(2)
  expect(metrics.supporters.mean).toBeCloseTo(0.2, 12)
  expect(metrics.kappa.median).toBe(0.7)
  expect(metrics.attack.z).toBe(1.5)
})

test('virtual time exists in simulations with delays; bytes are means over honest peers', () => {
  const events = [closed(0, 0, [], 1500), closed(1, 1, [], 2500), closed(3, 4, [], 9000)]
  expect(measure(events).time.virtualSeconds).toBe(2.5)
  expect(measure(events).bytes).toEqual({ sent: 15, received: 30 })
  expect(measure(events, [], 'process').time.virtualSeconds).toBeNaN()
  expect(measure([closed(0, 0, [])]).time.virtualSeconds).toBeNaN()
})

test('time to accuracy is that of the first evaluation that reached it', () => {
  const at = (peer: number, round: number, accuracy: number, atMs: number): LoggedEvent => {
    const event = evaluated(peer, round, accuracy)
    return event.type === 'evaluated' ? { ...event, atMs } : event
  }
  const { time } = measure([
    ...[at(0, 1, 0.4, 1000), at(1, 1, 0.5, 1200)],
    ...[at(0, 3, 0.7, 3000), at(1, 3, 0.7, 3400)],
    ...[at(0, 5, 0.9, 5000), at(1, 5, 0.9, 5000)],
    ...[at(0, 7, 0.6, 7000), at(1, 7, 0.6, 7000)],
  ])
  expect(time).toMatchObject({ to50: 3.2, to70: 3.2, to80: 5, to90: 5, to95: Number.NaN })
  expect(measure([at(0, 1, 0.9, 0)]).time.to50).toBeNaN()
})

test('ticks are round numbers inside the range', () => {
  expect(evenTicks(0.05, 0.62)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
  expect(evenTicks(3, 40)).toEqual([5, 10, 15, 20, 25, 30, 35, 40])
  expect(evenTicks(2, 2)).toEqual([2])
})

test('every metric that an experiment may expect is among those of a run', () => {
  const known = [...flatMetrics(measure([])).keys()]
  expect(metricNames.filter((name) => !known.includes(name))).toEqual([])
})

test('quantiles are linear between neighbours', () => {
  expect(quantile([4, 1, 3, 2], 0.1)).toBeCloseTo(1.3, 12)
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5)
  expect(quantile([7], 0.1)).toBe(7)
  expect(quantile([], 0.5)).toBeNaN()
})
