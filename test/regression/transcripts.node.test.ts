import { expect, test } from 'vitest'
import pinned from '../vectors/transcripts.json' with { type: 'json' }
import { type PinnedRun, transcriptOf } from './pinned-runs.ts'

test('at least twelve runs are pinned, each by its own name', () => {
  expect(pinned.runs.length).toBeGreaterThanOrEqual(12)
  expect(new Set(pinned.runs.map(({ name }) => name)).size).toBe(pinned.runs.length)
})

// A changed transcript means changed bits: it needs a new numericsVersion and a reason.
for (const { transcriptHash, ...run } of pinned.runs as (PinnedRun & { transcriptHash: string })[]) {
  test(`the bits of ${run.name} equal the recorded ones`, async () => {
    expect(await transcriptOf(run)).toBe(transcriptHash)
  })
}

test('a run resumed from a checkpoint has the transcript of an uninterrupted run', () => {
  const hashes = Object.fromEntries(pinned.runs.map(({ name, transcriptHash }) => [name, transcriptHash]))
  expect(hashes['gradients, resumed']).toBe(hashes['gradients against the median'])
})
