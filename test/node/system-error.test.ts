import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { DeviceError, isFault, isSystemError, lineOf, reading, reasonOf, writing } from '#node/system-error.ts'
import { InputError } from '#protocol/loading/input-error.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearsay-system-error-'))
afterAll(() => rmSync(folder, { recursive: true }))

const systemError = (code: string, path = '/somewhere') =>
  Object.assign(new Error(`${code}: ...`), { code, syscall: 'write', path })

test.each([
  ['ENOSPC', 'write', 'the disk is full'],
  ['EACCES', 'read', 'no permission to read'],
  ['EACCES', 'write', 'no permission to write'],
  ['EPERM', 'run', 'no permission to run'],
  ['EISDIR', 'read', 'is a folder, not a file'],
  ['ENOTDIR', 'read', 'is not a folder, or its path goes through a file'],
  ['ENOENT', 'read', 'there is no such file or folder'],
  ['ENOENT', 'write', 'its folder does not exist'],
  ['EROFS', 'write', 'the file system is read-only'],
  ['ELOOP', 'read', 'its symbolic links lead in a circle'],
  ['EXOTIC', 'read', 'cannot be used (EXOTIC)'],
] as const)('%s on %s is in words', (code, access, words) => {
  expect(reasonOf(systemError(code), access)).toBe(words)
  expect(lineOf(systemError(code), access)).toBe(`/somewhere: ${words}`)
})

test('what a system call throws is a system error, and a fault of a program is none', () => {
  expect(() => reading('x', () => readFileSync(folder))).toThrow(new InputError('x: is a folder, not a file'))
  expect(isSystemError(new TypeError('x is not a function'))).toBe(false)
  expect(() => reading('x', () => JSON.parse('{'))).toThrow(SyntaxError)
})

test('a wrong path is bad input, and a full disk is a failed device', () => {
  expect(() => writing('x', () => writeFileSync(join(folder, 'no', 'file'), ''))).toThrow(InputError)
  const full = () => {
    throw systemError('ENOSPC')
  }
  expect(() => writing('x', full)).toThrow(new DeviceError('x: the disk is full'))
  expect([isFault(systemError('ENOSPC')), isFault(systemError('ENOENT'))]).toEqual([true, false])
})
