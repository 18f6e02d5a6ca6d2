import { expect, test } from 'vitest'
import { createInbox, type InboxOptions } from '#protocol/network/inbox.ts'
import { createPulls } from '#protocol/network/pulls.ts'
import { createRateLimit } from '#protocol/network/rate-limit.ts'
import { sealUpdate } from '#protocol/network/seal.ts'
import { createUpdateStore } from '#protocol/network/store.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { manualClock, nameOf, testDigest, testNonce, testSigner } from './memory-nodes.ts'
import { experiment, vector } from './peers.ts'

const seal = { experiment, sender: 0, signer: testSigner(0), digest: testDigest, nonce: testNonce }

/** The inbox of peer 1 for its link to peer 0, and its events. */
function inboxAlone(change: Partial<InboxOptions> = {}) {
  const told: string[] = []
  const clock = manualClock()
  const store = createUpdateStore()
  const peerIds = new Map([0, 1, 2].map((index) => [index, nameOf(index)]))
  const inbox = createInbox({
    remote: 0,
    channel: 'update',
    expected: { experiment, kind: 'model', d: 10, self: 1, peerIds, verify: seal.signer.verify, digest: testDigest },
    limit: createRateLimit({ burst: 9, perSecond: 1 }, 0),
    store,
    pulls: createPulls(clock, () => true),
    commitments: { active: false, commit() {}, allows: () => true, delivered() {}, close() {} },
    clock,
    events: {
      update: ({ round, sender }) => void told.push(`update ${round}/${sender}`),
      rejected: (from, reason) => void told.push(`rejected ${from} ${reason}`),
      alive: (from) => void told.push(`heard ${from}`),
      colluded: ({ round, sender }) => void told.push(`colluded ${round}/${sender}`),
    },
    ...change,
  })
  return { inbox, store, told }
}

test('a pull is answered by round, sender and digest if it has one, and never between colluders', async () => {
  const update = await sealUpdate(seal, 'model', { round: 3, sender: 0, vector: vector(1, 10) })
  const store = createUpdateStore()
  store.put(update)
  const { inbox } = inboxAlone({ store })
  const pull = { type: 'pull', round: 3, sender: 0 } as const
  expect(inbox.answerTo(pull)).toBe(update)
  expect(inbox.answerTo({ ...pull, digest: update.digest })).toBe(update)
  expect(inbox.answerTo({ ...pull, digest: 'ab'.repeat(32) })).toBeUndefined()
  expect(inbox.answerTo({ ...pull, round: 2 })).toBeUndefined()
  expect(inboxAlone({ store, channel: 'collude' }).inbox.answerTo(pull)).toBeUndefined()
})

test('an update that came over another link while its payload was checked is a duplicate', async () => {
  const { inbox, store, told } = inboxAlone()
  const update = await sealUpdate(seal, 'model', { round: 3, sender: 0, vector: vector(1, 10) })
  const admission = await inbox.admit(update.bytes)
  if (!admission.ok) throw new Error(admission.reason)
  const accepting = inbox.accept(admission.admitted, update.vector.slice())
  store.put(update)
  await accepting
  expect(told).toEqual(['rejected 0 duplicate'])
  expect(await inbox.admit(update.bytes)).toEqual({ ok: false, reason: 'duplicate', known: true })
})

test('a payload that fails sends its pull to the next neighbour', async () => {
  const asked: PeerIndex[] = []
  const pulls = createPulls(manualClock(), (from) => asked.push(from) > 0)
  const { inbox, told } = inboxAlone({ pulls })
  const signer = testSigner(2)
  const wanted = await sealUpdate({ ...seal, sender: 2, signer }, 'model', {
    round: 3,
    sender: 2,
    vector: vector(1, 10),
  })
  pulls.want(3, 2, [0, 2])
  const admission = await inbox.admit(wanted.bytes)
  if (!admission.ok) throw new Error(admission.reason)
  await inbox.accept(admission.admitted, vector(9, 10))
  expect(told).toEqual(['rejected 0 commitment-mismatch'])
  expect(asked).toEqual([0, 2])
})
