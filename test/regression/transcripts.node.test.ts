import { expect, test } from 'vitest'
import pinned from '../vectors/transcripts.json' with { type: 'json' }
import { type PinnedRun, transcriptOf } from './pinned-runs.ts'

test('at least twelve runs are pinned, each by its own name', () => {
  expect(pinned.runs.length).toBeGreaterThanOrEqual(12)
  expect(new Set(pinned.runs.map(({ name }) => name)).size).toBe(pinned.runs.length)
})

// A changed transcript is a change of bits: it needs a new numericsVersion and a sentence that says why.
for (const { transcriptHash, ...run } of pinned.runs as (PinnedRun & { transcriptHash: string })[]) {
  test(`the bits of ${run.name} are those that were recorded`, async () => {
    expect(await transcriptOf(run)).toBe(transcriptHash)
  })
}

test('a run that went on from a checkpoint has the transcript of one that never stopped', () => {
  const hashes = Object.fromEntries(pinned.runs.map(({ name, transcriptHash }) => [name, transcriptHash]))
  expect(hashes['gradients, resumed']).toBe(hashes['gradients against the median'])
})
