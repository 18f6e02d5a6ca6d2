import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openExternalRule } from '#node/compute/external-rule.ts'

const watch = { started() {}, gone() {}, begins() {}, ends() {} }
const before = process.env.TMPDIR
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearsay-external-'))
  process.env.TMPDIR = folder
})
afterEach(() => {
  if (before === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = before
  rmSync(folder, { recursive: true })
})

const open = (module: string) =>
  openExternalRule({ name: 'module', module, f: 1, timeoutMs: 10_000, parameters: {} }, 5, watch)

test('a rule in TypeScript is compiled, runs, and leaves no file behind', async () => {
  const rule = await open('examples/trimmed-midrange.ts')
  const vectors = [1, 2, 3, 4, 90].map((value) => Float32Array.of(value))
  const input = { vectors, own: 0, weights: vectors.map(() => 0.2), round: 0, rounds: 1 }
  expect([...(await rule.aggregate(input)).output]).toEqual([3])
  expect(readdirSync(folder)).toEqual([])
})

test('TypeScript that does not compile is one line, and leaves no file behind either', async () => {
  const source = join(folder, 'broken.ts')
  writeFileSync(source, 'export const rule = {')
  await expect(open(source)).rejects.toThrow(/^aggregation\.module: .*broken\.ts does not compile: [^\n]+$/)
  expect(readdirSync(folder)).toEqual(['broken.ts'])
})
