import { expect, test } from 'vitest'
import { lastLine } from '#harness/launch/processes.ts'

test('the last line of a process is its message, not a line of the stack trace', () => {
  const trace = 'no address answered\nError: dial failed\n    at async Job.run (job.js:62:28)\n\nNode.js v20.20.2\n'
  expect(lastLine(trace)).toBe('Error: dial failed')
  expect(lastLine('the host is full\n')).toBe('the host is full')
  expect(lastLine('')).toBeUndefined()
})
