import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writePieces, writeWhole } from '#harness/store/write-whole.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearsay-write-whole-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a failure in the middle leaves the old file and no temporary one', () => {
  const path = join(folder, 'summary.json')
  writeFileSync(path, 'old')
  const act = () =>
    writePieces(path, function* () {
      yield 'new'
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' })
    })
  expect(act).toThrow('ENOSPC')
  expect(readdirSync(folder)).toEqual(['summary.json'])
  expect(readFileSync(path, 'utf8')).toBe('old')
})

test('a folder of the same name stays, and nothing is left beside it', () => {
  mkdirSync(join(folder, 'report.html'))
  expect(() => writeWhole(join(folder, 'report.html'), 'page')).toThrow(/EISDIR/)
  expect(readdirSync(folder)).toEqual(['report.html'])
})

test('a named pipe is written, not replaced', async () => {
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  const { open } = await import('node:fs/promises')
  // Opened for both ends, so that neither waits for the other.
  const reader = await open(path, 'r+')
  try {
    writeWhole(path, 'page')
    const { bytesRead, buffer } = await reader.read(Buffer.alloc(16), 0, 16, null)
    expect(buffer.toString('utf8', 0, bytesRead)).toBe('page')
    expect(statSync(path).isFIFO()).toBe(true)
  } finally {
    await reader.close()
  }
})
