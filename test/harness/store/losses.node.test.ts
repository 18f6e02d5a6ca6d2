import { expect, test } from 'vitest'
import { createLosses } from '#harness/store/losses.ts'

const full = () => {
  throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' })
}

test('the first lost file is told in a line, and every lost file is listed', () => {
  const told: string[] = []
  const losses = createLosses((line) => told.push(line))
  losses.attempt('/a/good.json', () => {})
  losses.attempt('/a/events.ndjson', full)
  losses.attempt('/a/report.html', full)
  expect(told).toEqual(['/a/events.ndjson: the disk is full; going on without this file'])
  expect(losses.list()).toEqual(['events.ndjson (the disk is full)', 'report.html (the disk is full)'])
})

test('a fault of the program is no lost file', () => {
  const losses = createLosses(() => {})
  expect(() => losses.attempt('/a/b', () => JSON.parse('{'))).toThrow(SyntaxError)
})
