import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { dataOf } from '#harness/config/data.ts'
import { loadExperiment } from '#harness/config/load.ts'
import { type Launch, launcherOf } from '#harness/run/launcher.ts'
import { performRun, type RunProgress } from '#harness/run/perform.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import type { LoggedEvent } from '#protocol/record/events.ts'

let parent = ''
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'hearsay-perform-'))
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(parent, { recursive: true })
})

const experiment = loadExperiment('quickstart', [
  'rounds.count=2',
  'runtime=simulation',
  'expect=[]',
  'twins=[{ name: mean, label: the mean, set: { aggregation: { name: average } } }]',
])

/** Performs a run into its own folder, and records its progress calls. */
async function perform(launch: Launch, signal = new AbortController().signal) {
  const folder = join(parent, 'run')
  const told: string[] = []
  const last = (event: LoggedEvent): string => ('round' in event ? `round ${event.round}` : event.type)
  const progress: RunProgress = {
    record: (event) => told.push(`run: ${last(event)}`),
    recordTwin: (name, event) => told.push(`${name}: ${last(event)}`),
    say: (line) => told.push(line),
    stop: () => told.push('stop'),
  }
  const summary = await performRun(experiment, await dataOf(experiment), { folder, launch, progress, signal })
  return { folder, told, summary }
}

test('a run writes nothing to stdout or stderr: all messages go to its port', async () => {
  const written = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')]
  const launch = await launcherOf(experiment)
  const { folder, told, summary } = await perform(launch)
  const calls = written.flatMap((spy) => spy.mock.calls)
  expect(calls).toEqual([])
  expect(told[0]).toBe('run: roster')
  expect(told.at(-1)).toBe('stop')
  expect(new Set(told)).toContain('mean: round 1')
  expect(summary.twins.map(({ name }) => name)).toEqual(['mean'])
  expect(readdirSync(folder)).toContain('report.html')
})

test('a run that is interrupted after its rounds names the missing twins', async () => {
  const controller = new AbortController()
  const simulate = await launcherOf(experiment)
  const { summary, told } = await perform(async (...given) => {
    const outcome = await simulate(...given)
    controller.abort()
    return outcome
  }, controller.signal)
  expect(summary.verdict.kind).toBe('interrupted')
  expect(summary.notes).toContain('Not run to the end: 1 twin (mean).')
  expect(told.filter((line) => line.startsWith('mean: '))).toEqual([])
})

test('a run leaves no folder if bad input prevents its launch', async () => {
  const launch: Launch = async () => {
    expect(existsSync(join(parent, 'run'))).toBe(true)
    throw new InputError('the port is taken')
  }
  await expect(perform(launch)).rejects.toThrow('the port is taken')
  expect(readdirSync(parent)).toEqual([])
})
