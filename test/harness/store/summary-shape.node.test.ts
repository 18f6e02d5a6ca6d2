import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run } from '#harness/index.ts'
import { foreignSummary } from '#harness/store/summary-shape.ts'
import { packageFolder } from '#node/data/package-folder.ts'

const written = async () =>
  JSON.parse(
    JSON.stringify(
      await run({
        name: 'shape',
        peers: 3,
        topology: 'complete',
        learning: { dataset: 'digits', model: 'softmax-regression' },
        aggregation: 'median',
        rounds: { count: 1 },
      }),
    ),
  )

test('a summary of this version passes, and one that lacks a part names it', async () => {
  const summary = await written()
  expect(foreignSummary(summary)).toBeUndefined()
  const { verdict: _, ...cut } = summary
  expect(foreignSummary(cut)).toBe('is not a summary.json of Hearsay: verdict is missing or wrong')
  expect(foreignSummary({ ...summary, peers: [{ peer: 'x' }] })).toMatch(/peers\.0/)
  expect(foreignSummary([])).toBe('is not a summary.json of Hearsay')
})

test('a summary whose experiment is of another version names the version', async () => {
  const summary = await written()
  expect(foreignSummary({ ...summary, hearsayVersion: '0.1.0', experiment: { name: 'old', peers: 3 } })).toMatch(
    /^is of Hearsay 0\.1\.0, whose experiment format differs; this version reads schemaVersion \d+: run it again$/,
  )
})

test('the summary of a broken or interrupted swarm passes', async () => {
  const recorded = JSON.parse(readFileSync(join(packageFolder(), 'test/vectors/swarm/summary.json'), 'utf8'))
  expect(foreignSummary({ ...recorded, experiment: (await written()).experiment })).toBeUndefined()
})
