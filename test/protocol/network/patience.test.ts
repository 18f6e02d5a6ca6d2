import { expect, test } from 'vitest'
import { patiently } from '#protocol/network/patience.ts'

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

test('what fails four times is tried a fifth, and no sixth', async () => {
  expect(await patiently(failing(4).attempt, never)).toBe(5)
  const hopeless = failing(9)
  await expect(patiently(hopeless.attempt, never)).rejects.toThrow('attempt 5')
  expect(hopeless.tried()).toBe(5)
})

test('whoever leaves tries no more', async () => {
  const once = failing(9)
  await expect(patiently(once.attempt, AbortSignal.abort())).rejects.toThrow('attempt 1')
  expect(once.tried()).toBe(1)
})
