import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { readSweepFolder, recordFailure } from '#harness/sweep/folder.ts'
import { syntheticSweep } from '../../report/sweep/synthetic-sweep.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearsay-sweep-folder-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a run without a result is listed with the reason from its folder', () => {
  const labels = ['never', 'going', 'kept', 'stopped', 'broke', 'died', 'other']
  const { plan, finished } = syntheticSweep({ axes: [{ name: 'fate', labels }], seeds: [1], ends: () => 0.5 })
  const write = (label: string, file: string, value: object): void => {
    const run = join(folder, plan.runs[labels.indexOf(label)]!.folder)
    mkdirSync(run, { recursive: true })
    writeFileSync(join(run, file), JSON.stringify(value))
  }
  const summary = finished[0]!.summary
  const ended = (label: string, kind: string, line: string): void =>
    write(label, 'summary.json', {
      ...summary,
      experimentId: plan.runs[labels.indexOf(label)]!.experimentId,
      verdict: { ...summary.verdict, kind, lines: [line] },
    })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan))
  write('going', 'events.ndjson', {})
  write('kept', 'checkpoint.bin', {})
  ended('stopped', 'interrupted', 'Interrupted after 2 of 4 rounds.')
  ended('broke', 'swarm broke', 'The swarm broke.')
  recordFailure(join(folder, plan.runs[labels.indexOf('died')]!.folder), 'its process was killed')
  write('other', 'summary.json', { ...summary, experimentId: 'another' })
  const { missing } = readSweepFolder(folder)
  expect(missing.map(({ state, reason }) => [state, reason])).toEqual([
    ['not begun', null],
    ['unfinished', null],
    ['unfinished', 'it has a checkpoint'],
    ['unfinished', 'Interrupted after 2 of 4 rounds.'],
    ['broke', 'The swarm broke.'],
    ['broke', 'its process was killed'],
    ['unfinished', 'its folder holds a run of another identity'],
  ])
})
