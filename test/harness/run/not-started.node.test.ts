import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadExperiment } from '#harness/config/load.ts'
import { runExperiment } from '#harness/shell/run.ts'
import type { RunOutcome } from '#protocol/simulation/outcome.ts'

const out = mkdtempSync(join(tmpdir(), 'hearsay-not-started-'))
afterAll(() => rmSync(out, { recursive: true }))

test('a run that ends before its seats are taken gives one line and leaves no folder', async () => {
  const experiment = loadExperiment('quickstart', ['runtime=processes', 'twins=[]', 'expect=[]'])
  const empty: RunOutcome = {
    outcome: 'interrupted',
    roster: [],
    log: [],
    neighbourhoods: [],
    consensus: [],
    exact: false,
    transcriptHash: '',
  }
  const signal = new AbortController().signal
  const run = (outcome: RunOutcome) => runExperiment(experiment, { out, signal, launch: async () => outcome })
  await expect(run(empty)).rejects.toMatchObject({
    message: expect.stringMatching(/^the run did not begin: it was interrupted; 0 of \d+ peers had joined$/),
    exitCode: 130,
  })
  await expect(run({ ...empty, outcome: 'broke', failure: 'peer 3 ended before it joined' })).rejects.toMatchObject({
    message: expect.stringMatching(/^the run did not begin: peer 3 ended before it joined; 0 of/),
    exitCode: 3,
  })
  expect(readdirSync(out)).toEqual([])
})
