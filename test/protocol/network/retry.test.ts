import { expect, test } from 'vitest'
import { noSeatAt } from '#protocol/network/libp2p/hearsay-node.ts'
import { retry } from '#protocol/network/retry.ts'

const never = new AbortController().signal

function failing(times: number) {
  let tried = 0
  const attempt = async (): Promise<number> => {
    tried += 1
    if (tried <= times) throw new Error(`attempt ${tried}`)
    return tried
  }
  return { attempt, tried: () => tried }
}

test('an attempt that fails nine times is tried a tenth time, and no more', async () => {
  expect(await retry(failing(9).attempt, never)).toBe(10)
  const hopeless = failing(99)
  await expect(retry(hopeless.attempt, never)).rejects.toThrow('attempt 10')
  expect(hopeless.tried()).toBe(10)
})

test('an aborted peer does not retry', async () => {
  const once = failing(9)
  await expect(retry(once.attempt, AbortSignal.abort())).rejects.toThrow('attempt 1')
  expect(once.tried()).toBe(1)
})

test("libp2p's message about an unreachable relay becomes one plain sentence", () => {
  const relay = '/ip4/127.0.0.1/tcp/4001/ws/p2p/12D3KooW'
  const error = new Error(
    `Some configured addresses failed to be listened on, you may need to remove some: \n  ${relay}/p2p-circuit: ConnectionFailedError: Could not connect\n    at x.js:1`,
  )
  expect(noSeatAt(relay, error)).toMatchObject({
    message: 'no reservation at the relay /ip4/127.0.0.1/tcp/4001/ws: ConnectionFailedError: Could not connect',
    cause: error,
  })
  expect(noSeatAt(relay, new Error('it was stopped')).message).toMatch(/: it was stopped$/)
})
