import { expect, test } from 'vitest'
import type { RunEvent } from '#protocol/record/events.ts'
import { createTranscript } from '#protocol/record/transcript.ts'
import { subtleDigest } from '../simulation/quadratic-pool.ts'

const evaluated = (round: number, peer: number, digest: string): RunEvent => ({
  type: 'evaluated',
  round,
  peer,
  atMs: 0,
  loss: 1,
  accuracy: 0.5,
  evaluateMs: 3,
  digest,
})
const hashOf = (events: readonly RunEvent[]): Promise<string> => {
  const transcript = createTranscript()
  for (const event of events) transcript.record(event)
  return transcript.hash(subtleDigest)
}

test('the hash is that of the sorted lines, for any order of the events', async () => {
  const events = [evaluated(4, 0, 'aa'), evaluated(4, 1, 'bb'), evaluated(9, 0, 'cc'), evaluated(10, 0, 'dd')]
  // printf '4 0 aa\n4 1 bb\n9 0 cc\n10 0 dd\n' | sha256sum
  const expected = 'b2847963d5eb7755c1ae553d57016f702441d41bfb4d8c28ec127f6a9ba35b55'
  expect(await hashOf(events)).toBe(expected)
  expect(await hashOf([...events].reverse())).toBe(expected)
})

test('the hash depends only on parameters, not on times, losses and other events', async () => {
  const event = evaluated(4, 0, 'aa')
  const expected = await hashOf([event])
  expect(await hashOf([{ ...event, atMs: 99, evaluateMs: 1 } as RunEvent])).toBe(expected)
  expect(await hashOf([event, { type: 'stopped', peer: 0, round: 4, atMs: 1, reason: 'finished' }])).toBe(expected)
  expect(await hashOf([evaluated(4, 0, 'ab')])).not.toBe(expected)
})

test('a run without evaluations has the hash of the empty text', async () => {
  expect(await hashOf([])).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
})
