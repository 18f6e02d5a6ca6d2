import { expect, test } from 'vitest'
import { createAnswers } from '#protocol/network/answers.ts'
import { type Sealed, sealUpdate } from '#protocol/network/seal.ts'
import { testDigest, testNonce, testSigner } from './memory-nodes.ts'
import { experiment, vector } from './peers.ts'

function sealed(count: number): Promise<Sealed[]> {
  const seal = { experiment, sender: 0, signer: testSigner(0), digest: testDigest, nonce: testNonce }
  return Promise.all(
    Array.from({ length: count }, (_, round) => sealUpdate(seal, 'model', { round, sender: 0, vector: vector(0, 1) })),
  )
}

test('sixteen answers wait, in the order of their pulls, and a further pull gets an absence', async () => {
  const answers = createAnswers()
  const updates = await sealed(17)
  expect(updates.map((update) => answers.add(update, undefined))).toEqual([...new Array(16).fill(true), false])
  expect(answers.take()).toBe(updates[0])
  expect(answers.add(updates[16]!, undefined)).toBe(true)
})

test('an update that waits or is in flight is not added again and not counted', async () => {
  const answers = createAnswers()
  const [update, other] = (await sealed(2)) as [Sealed, Sealed]
  for (let pull = 0; pull < 10; pull++) expect(answers.add(update, undefined)).toBe(true)
  for (let pull = 0; pull < 10; pull++) expect(answers.add(other, other)).toBe(true)
  expect([answers.take(), answers.take()]).toEqual([update, undefined])
})

test('one update is sent at most four times', async () => {
  const answers = createAnswers()
  const [update] = (await sealed(1)) as [Sealed]
  const handed = Array.from({ length: 6 }, () => {
    const added = answers.add(update, undefined)
    return added && answers.take() === update
  })
  expect(handed).toEqual([true, true, true, true, false, false])
})
