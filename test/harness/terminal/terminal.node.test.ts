import { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { peersTable } from '#harness/terminal/peers-table.ts'
import { createProgress } from '#harness/terminal/progress.ts'
import { createTally } from '#harness/terminal/tally.ts'
import { verdictText } from '#harness/terminal/verdict.ts'
import { rejectionReasons } from '#protocol/round/update.ts'
import { summarise } from '#report/summary/summarise.ts'
import { course, lattice, quickstartResult, roster } from '../../report/synthetic.ts'

class Screen extends Writable {
  text = ''
  readonly isTTY: boolean
  readonly columns = 80
  constructor(isTTY: boolean) {
    super({ decodeStrings: false })
    this.isTTY = isTTY
  }
  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk
    done()
  }
}

const peers = roster(4, lattice(4, 1), [3])
const run = course({ peers, rounds: 20, evaluateEvery: 5, end: 0.9, apart: 0.02, seed: 1 })

test('in a pipe every tenth of a run is one line, without control characters', () => {
  const stream = new Screen(false)
  const progress = createProgress({ name: 'torus', rounds: 20, twins: [], stream, now: () => 0 })
  for (const event of run) progress.record(event)
  progress.stop()
  const lines = stream.text.trimEnd().split('\n')
  expect(lines).toHaveLength(10)
  expect(lines[0]).toBe('torus: 2 of 20 rounds')
  expect(lines[9]).toMatch(/^torus: 20 of 20 rounds {2}\d\d\.\d %, worst \d\d\.\d %$/)
  expect(stripVTControlCharacters(stream.text)).toBe(stream.text)
})

test('in a pipe a slow run prints its progress every five seconds', () => {
  const stream = new Screen(false)
  let clock = 0
  const progress = createProgress({ name: 'slow', rounds: 1000, twins: [], stream, now: () => clock })
  for (const event of run) {
    if (event.type === 'round-closed') clock = event.round * 2500
    progress.record(event)
  }
  expect(stream.text.split('\n').filter((line) => line.startsWith('slow: '))).toHaveLength(9)
})

test('on a terminal there is a bar for the run and one for each twin, within 80 columns', () => {
  const stream = new Screen(true)
  const twins = [{ name: 'bare', label: 'an attack and plain averaging, and then some', rounds: 20 }]
  const progress = createProgress({ name: 'quickstart', rounds: 20, twins, stream: stream as never })
  for (const event of run) {
    progress.record(event)
    progress.recordTwin('bare', event)
    progress.recordTwin('unknown', event)
  }
  progress.stop()
  progress.stop()
  const lines = stripVTControlCharacters(stream.text)
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '')
  expect(lines.some((line) => line.startsWith('quickstart') && line.includes('20/20'))).toBe(true)
  expect(lines.some((line) => line.startsWith('an attack and plain averaging…') && line.includes('20/20'))).toBe(true)
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
})

test('progress is that of the slowest running honest peer', () => {
  const tally = createTally()
  const at = (peer: number, round: number) => ({ peer, round, atMs: 0 })
  const closed = (peer: number, round: number) =>
    tally.record({
      ...at(peer, round),
      ...{ type: 'round-closed', closing: 'complete', loss: 0, trainMs: 0, waitMs: 0, aggregateMs: 0 },
      ...{ bytesSent: 0, bytesReceived: 0, accepted: [], missing: [], influence: [] },
    })
  expect(closed(0, 0)).toBe(false)
  tally.record({ type: 'roster', peers, startedAt: '' })
  for (const [peer, round] of [
    [0, 5],
    [1, 2],
    [2, 7],
    [3, 0],
  ] as const)
    closed(peer, round)
  expect(tally.rounds()).toBe(3)
  tally.record({ ...at(1, 2), type: 'stopped', reason: 'left' })
  expect(tally.rounds()).toBe(6)
  expect(tally.accuracy()).toBeUndefined()
})

test('the table of peers has a row for each peer and at most 100 columns, with any rejections', () => {
  const summary = summarise(quickstartResult())
  const worst = summary.peers.map((peer) => ({
    ...peer,
    peer: peer.peer + 990,
    kind: 'simulated' as const,
    role: 'honest' as const,
    stopped: 'failed after round 3: a long story',
    bytesSent: 123_456_789_012,
    bytesReceived: 999_999_999_999,
    accepted: 1_000_000,
    loss: 12.345678,
    accuracy: 1,
    rejected: Object.fromEntries(rejectionReasons.map((reason) => [reason, 123_456])),
  }))
  for (const rows of [summary.peers, worst]) {
    const lines = stripVTControlCharacters(peersTable({ peers: rows })).split('\n')
    expect(lines).toHaveLength(9)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100)
  }
  const lines = stripVTControlCharacters(peersTable(summary)).split('\n')
  expect(lines[0]).toMatch(/^peer +kind +role +accuracy +loss +sent +received +accepted +rejected$/)
  expect(lines[1]).toMatch(/^ +0 +tab +honest +89\.4 % +0\.3892 +51 MB +51 MB +160 +1 late$/)
  expect(new Set(lines.slice(1).map((line) => line.indexOf('%'))).size).toBe(1)
})

test('the last lines are the verdict, its sentences and the path of the report', () => {
  const summary = summarise(quickstartResult())
  const lines = stripVTControlCharacters(verdictText(summary, 'runs/x/report.html')).split('\n')
  expect(lines[0]).toBe('✓ Pass: as expected')
  expect(lines.at(-1)).toBe('Report: runs/x/report.html')
  expect(lines).toContain('  Median wins back 15.4 of the 17.0 points: 90.1 %.')
  const broken = summarise(quickstartResult({ outcome: 'broke', failure: 'edge 0-1 did not come up' }))
  expect(stripVTControlCharacters(verdictText(broken, 'r'))).toMatch(/^✗ Fail: swarm broke\n/)
})
