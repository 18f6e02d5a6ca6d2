import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { openEventLog, writeRunFolder } from '#harness/store/write.ts'
import { experimentSchema } from '#protocol/experiment/schema.ts'
import { readEventLines } from '#protocol/record/event-lines.ts'
import { summarise } from '#report/summary/summarise.ts'
import { quickstartResult } from '../../report/synthetic.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearsay-run-'))
})
afterEach(() => rmSync(folder, { recursive: true }))
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

test('a run folder holds everything needed to repeat the run, and no temporary files', () => {
  const result = quickstartResult()
  const summary = summarise(result)
  const environment = { node: 'v20.20.2' }
  const report = writeRunFolder(folder, { experiment: result.experiment, environment, log: result.log, summary })
  expect(report).toBe(join(folder, 'report.html'))
  expect(readdirSync(folder).sort()).toEqual([
    'environment.json',
    'events.ndjson',
    'experiment.yaml',
    'report.html',
    'summary.json',
  ])
  expect(experimentSchema.parse(parse(read('experiment.yaml')))).toEqual(result.experiment)
  expect(JSON.parse(read('environment.json'))).toEqual(environment)
  expect(JSON.parse(read('summary.json'))).toEqual(JSON.parse(JSON.stringify(summary)))
  expect(readEventLines(read('events.ndjson'))).toEqual(JSON.parse(JSON.stringify(result.log)))
})

test('writing a run folder again replaces the files', () => {
  const result = quickstartResult()
  const files = { experiment: result.experiment, environment: {}, log: result.log, summary: summarise(result) }
  writeRunFolder(folder, files)
  writeRunFolder(folder, { ...files, log: result.log.slice(0, 1) })
  expect(read('events.ndjson').trimEnd().split('\n')).toHaveLength(1)
})

test('an event is in the file as soon as it is appended, before the log is closed', () => {
  const [first, second] = quickstartResult().log
  const log = openEventLog(join(folder, 'new'))
  if (first) log.append(first)
  expect(JSON.parse(read('new/events.ndjson'))).toEqual(first)
  if (second) log.append(second)
  expect(read('new/events.ndjson').trimEnd().split('\n')).toHaveLength(2)
  log.close()
  log.close()
  if (first) log.append(first)
  expect(read('new/events.ndjson').trimEnd().split('\n')).toHaveLength(2)
})
