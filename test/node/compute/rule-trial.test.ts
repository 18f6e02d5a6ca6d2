import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { trialOf } from '#node/compute/rule-trial.ts'
import { packageFolder } from '#node/data/package-folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearsay-trial-'))
afterAll(() => rmSync(folder, { recursive: true }))
const workerUrl = pathToFileURL(join(packageFolder(), 'dist', 'node', 'compute', 'worker.js'))

const trial = (module: string, limitMs?: number) =>
  trialOf(
    { config: { name: 'module', module, f: 1, timeoutMs: 10_000, parameters: {} }, sizes: [5] },
    workerUrl,
    limitMs,
  )

test('a rule that loads has no problem', async () => {
  expect(await trial('examples/trimmed-midrange.ts')).toBeUndefined()
})

test('a module that hangs while it loads is ended', async () => {
  const module = join(folder, 'hangs.mjs')
  writeFileSync(module, 'for (;;) {}')
  expect(await trial(module, 300)).toMatch(/^the rule .*hangs\.mjs did not load within 300 ms$/)
})

test('a module that ends its thread while it loads says so', async () => {
  const module = join(folder, 'exits.mjs')
  writeFileSync(module, 'process.exit(0)')
  expect(await trial(module)).toMatch(/^the rule .*exits\.mjs ended its thread while it loaded$/)
})
