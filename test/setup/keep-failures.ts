import { cpSync, readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach } from 'vitest'

// HEARSAY_KEEP_FAILURES names a folder. When a test fails, the run folders and files that it made in the temporary
// folder are copied there, before the test removes them.
const kept = process.env.HEARSAY_KEEP_FAILURES

if (kept)
  afterEach(({ task }) => {
    if (task.result?.state !== 'fail') return
    const target = join(
      kept,
      `${basename(task.file.name, '.test.ts')}-${task.name}`.replaceAll(/[^\w-]+/g, '-').slice(0, 120),
    )
    for (const entry of readdirSync(tmpdir())) {
      const path = join(tmpdir(), entry)
      // Only files that were made since the tests of this file began.
      if (!entry.startsWith('hearsay-') || statSync(path).birthtimeMs < performance.timeOrigin) continue
      cpSync(path, join(target, entry), { recursive: true, filter: (inner) => basename(inner) !== 'node_modules' })
    }
  })
