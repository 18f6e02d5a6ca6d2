import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLineWriter, readEventLines } from '#protocol/record/event-lines.ts'
import type { LoggedEvent, RosterEntry, RunEvent } from '#protocol/record/events.ts'
import { course, lattice, quickstartResult, roster } from '../../report/synthetic.ts'

const written = (log: readonly LoggedEvent[]): string[] => {
  const writer = createLineWriter()
  return log.map((event) => writer.next(event))
}
const plain = (log: readonly LoggedEvent[]): string[] => log.map((event) => JSON.stringify(event))
/** The value after JSON. */
const asJson = (log: readonly LoggedEvent[]): unknown => plain(log).map((line) => JSON.parse(line))

/** The complete graph. */
function crowd(n: number): readonly RosterEntry[] {
  const edges = Array.from({ length: n }, (_, a) =>
    Array.from({ length: n - a - 1 }, (_, k) => [a, a + k + 1] as const),
  )
  return roster(n, edges.flat(), [])
}

/** A round in which each peer gives a share to all others, except the missing ones. */
function closed(peers: readonly RosterEntry[], round: number, shareOf: (from: number) => number): RunEvent[] {
  return peers.map(({ peer, neighbours }) => ({
    type: 'round-closed',
    peer,
    round,
    atMs: round,
    closing: 'complete',
    loss: 1,
    trainMs: 1,
    waitMs: 1,
    aggregateMs: 1,
    bytesSent: 1,
    bytesReceived: 1,
    accepted: neighbours,
    missing: [],
    influence: [...neighbours, peer].sort((a, b) => a - b).map((from) => [from, shareOf(from)] as const),
  }))
}

test('written logs are read back, also with missing updates and sketches', () => {
  const { log } = quickstartResult()
  expect(readEventLines(written(log).join('\n'))).toEqual(asJson(log))
  const peers = crowd(4)
  const received = [
    [1, 'AAAA'],
    [2, 'BBBB'],
  ] as const
  const sketched: LoggedEvent[] = [0, 3].map((peer) => ({
    type: 'evaluated',
    peer,
    round: 0,
    atMs: 0,
    loss: 1,
    accuracy: 0.5,
    evaluateMs: 1,
    digest: '00',
    sketches: { own: 'CCCC', output: 'DDDD', model: 'EEEE', received },
  }))
  const [first, second, third] = closed(peers, 0, (from) => from / 10) as Extract<RunEvent, { type: 'round-closed' }>[]
  const odd = [
    first!,
    {
      ...second!,
      accepted: [0, 3],
      missing: [2],
      influence: [
        [0, 0.5],
        [1, 0.25],
        [3, 0.25],
      ] as const,
    },
    // Neighbours that differ from the roster, and an influence in another order.
    {
      ...third!,
      accepted: [9],
      missing: [1],
      influence: [
        [9, 1],
        [2, 0],
      ] as const,
    },
    { ...first!, round: 1 },
  ]
  const whole: LoggedEvent[] = [{ type: 'roster', peers, startedAt: 'now' }, ...odd, ...sketched]
  const lines = written(whole)
  expect(readEventLines(lines.join('\n'))).toEqual(asJson(whole))
  expect(lines.at(-1)).toContain('"received":[[1],[2]]')
})

test('a log of an older version, with all lists in full, is read', () => {
  const { log } = quickstartResult()
  expect(readEventLines(`${plain(log).join('\n')}\n`)).toEqual(asJson(log))
})

test('any deliveries and shares are read back, after any lines before', () => {
  const peers = roster(5, lattice(5, 1), [])
  const share = fc.oneof(fc.constantFrom(0, 0.2, 1), fc.double({ noNaN: true }), fc.constant(Number.NaN))
  const event = fc
    .record({
      peer: fc.nat(4),
      accepted: fc.uniqueArray(fc.nat(5), { maxLength: 4 }),
      missing: fc.uniqueArray(fc.nat(5), { maxLength: 3 }),
      shares: fc.array(share, { maxLength: 5 }),
      ordered: fc.boolean(),
    })
    .map(({ peer, accepted, missing, shares, ordered }): RunEvent => {
      const members = [...accepted, peer].sort((a, b) => a - b)
      const [template] = closed(peers, 0, () => 0) as Extract<RunEvent, { type: 'round-closed' }>[]
      const influence = (ordered ? members : accepted).map((from, k) => [from, shares[k] ?? 0] as const)
      return { ...template!, peer, accepted, missing, influence }
    })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 8 }), (events) => {
      const log: LoggedEvent[] = [{ type: 'roster', peers, startedAt: 'now' }, ...events]
      expect(readEventLines(written(log).join('\n'))).toEqual(asJson(log))
    }),
  )
})

test('on the complete graph a log grows with the number of peers, not with its square', () => {
  const bytes = (n: number): number => {
    const peers = crowd(n)
    const rounds = [0, 1, 2, 3].flatMap((round) => closed(peers, round, (from) => (from + round) / 1000))
    return written([{ type: 'roster', peers, startedAt: 'now' }, ...rounds]).join('\n').length
  }
  expect(bytes(80) / bytes(20)).toBeLessThan(4.5)
  const sparse = course({
    peers: roster(8, lattice(8, 2), []),
    rounds: 4,
    evaluateEvery: 2,
    end: 0.9,
    apart: 0,
    seed: 1,
  })
  expect(written(sparse).join('').length).toBeLessThan(plain(sparse).join('').length)
})
