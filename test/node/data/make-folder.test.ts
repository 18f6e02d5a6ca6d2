import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeFolder } from '#node/data/make-folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearsay-make-folder-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a folder and those above it are made, and one that is there stays', () => {
  const path = join(folder, 'a', 'b', 'c')
  makeFolder(path)
  makeFolder(path)
  expect(statSync(path).isDirectory()).toBe(true)
})

test('a file in the way, as the folder or above it, is a system error', () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  expect(() => makeFolder(file)).toThrow(/EEXIST/)
  expect(() => makeFolder(join(file, 'below'))).toThrow(/ENOTDIR/)
})

test('a file system that takes no folders is a system error at once', ({ skip }) => {
  if (!existsSync('/proc/self')) skip('there is no /proc')
  expect(() => makeFolder('/proc/hearsay/runs')).toThrow(/ENOENT|EACCES|EPERM/)
})
