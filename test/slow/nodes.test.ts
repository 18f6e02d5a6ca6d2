import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageFolder } from '#node/data/package-folder.ts'
import { runProgram } from '../end-to-end/built-command.ts'

test('unit and simulator tests pass under Node 22, 24 and 26', async ({ skip }) => {
  const script = join(packageFolder(), 'scripts', 'test-nodes.mjs')
  // A separate vitest, not a worker of this one.
  const env = Object.fromEntries(
    Object.keys(process.env).flatMap((name) => (isOfVitest(name) ? [[name, undefined]] : [])),
  )
  const { code, stdout, stderr } = await runProgram(process.execPath, [script], { env })
  if (code === 2) return skip(stderr.trim())
  expect(stdout).toMatch(/^Node v22\..*\nNode v24\..*\nNode v26\..*\n$/)
  expect(code, `${stdout}${stderr}`).toBe(0)
})

function isOfVitest(name: string): boolean {
  return /^(VITEST|TEST$|NODE_ENV$)/.test(name)
}
