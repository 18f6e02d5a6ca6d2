import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { replay } from '#harness/replay/replay.ts'

test('a folder that is not a run folder is refused in one line; for a sweep the line names its runs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-replay-'))
  const attempt = () => replay(folder, { watch: () => () => {}, signal: new AbortController().signal })
  await expect(attempt()).rejects.toThrow(`${folder}: there is no summary.json; make a run folder with: hearsay run`)
  writeFileSync(join(folder, 'plan.json'), '{}')
  await expect(attempt()).rejects.toThrow(
    `is the folder of a sweep; replay one of its runs, ${join(folder, 'runs')}/...`,
  )
  rmSync(folder, { recursive: true })
})
