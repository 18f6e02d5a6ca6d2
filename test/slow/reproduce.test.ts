import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { cli, runProgram } from '../end-to-end/built-command.ts'

test('`hearsay reproduce bits` computes the published bits on this machine', async () => {
  const out = mkdtempSync(join(tmpdir(), 'hearsay-reproduce-'))
  onTestFinished(() => rmSync(out, { recursive: true, force: true }))
  const result = await runProgram(process.execPath, [cli, 'reproduce', 'bits', '--out', out])
  expect(result.stdout).toMatch(/^(\d+) of \1 claims hold$/m)
  expect(result).toMatchObject({ code: 0, leftovers: false })
})
