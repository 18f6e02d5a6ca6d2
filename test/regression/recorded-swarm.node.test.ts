import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { replay } from '#harness/replay/replay.ts'

const folder = fileURLToPath(new URL('../vectors/swarm', import.meta.url))

test('a recorded swarm of tabs and processes, two of its peers Byzantine, replays bit for bit', async () => {
  const result = await replay(folder, { watch: () => () => {}, signal: new AbortController().signal })
  expect(result).toMatchObject({ class: 'D1', as: 'D1', recorded: 18, equal: 18, first: null })
  expect(result.transcript.replayed).toBe(result.transcript.recorded)
})
