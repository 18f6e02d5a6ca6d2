import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readVectorsFile, readVectorsHead, writeVectorsFile } from '#harness/store/vectors-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearsay-vectors-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const shared = new Float32Array(new SharedArrayBuffer(16), 4, 2)
shared.set([1, Number.NaN])
const value = () => ({
  list: [shared, { again: shared }],
  map: new Map([[7, new Map([[undefined, Float32Array.of(3)]])]]),
  traffic: Float64Array.of(0.1, 2 ** 60),
  nothing: new Float32Array(),
  n: 5,
  losses: [Number.NaN, null, undefined],
})

test('reads what was written into memory of its own, and a vector with several references once', () => {
  const path = join(folder, 'a.bin')
  writeVectorsFile(path, value())
  expect(readdirSync(folder)).toEqual(['a.bin'])
  const read = readVectorsFile(path) as ReturnType<typeof value>
  expect(read).toEqual({
    ...value(),
    list: [Float32Array.of(1, Number.NaN), { again: Float32Array.of(1, Number.NaN) }],
  })
  expect(read.list[0]).toBe((read.list[1] as { again: Float32Array }).again)
  for (const array of [read.list[0] as Float32Array, read.traffic])
    expect(array.buffer.byteLength).toBe(array.byteLength)
  expect(readVectorsHead(path)).toMatchObject({ n: 5, traffic: value().traffic })
})

test('a file truncated anywhere reads as undefined', () => {
  const path = join(folder, 'a.bin')
  writeVectorsFile(path, value())
  for (const size of [statSync(path).size - 1, 100, 8, 3, 0]) {
    truncateSync(path, size)
    expect(readVectorsFile(path)).toBeUndefined()
    expect(readVectorsHead(path)).toBeUndefined()
  }
})

test('a file with one changed byte, wherever it is, reads as undefined', () => {
  const path = join(folder, 'a.bin')
  writeVectorsFile(path, value())
  const whole = readFileSync(path)
  for (let at = 0; at < whole.length; at++) {
    const changed = Buffer.from(whole)
    changed[at] = (changed[at] as number) ^ 1
    writeFileSync(path, changed)
    expect(readVectorsFile(path)).toBeUndefined()
  }
})
