import { get } from 'node:https'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type HostOptions, hostExperiment, hostedExperiment } from '#harness/host/host.ts'
import { joinByLink } from '#harness/host/join.ts'
import { parseJoinLink, readInvitation } from '#harness/host/join-link.ts'
import { loadDataset } from '#node/data/load.ts'
import { createHearsayNode } from '#node/network/create-node.ts'
import { experimentSchema } from '#protocol/experiment/schema.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import type { ByteStream } from '#protocol/network/byte-stream.ts'
import { peerControl } from '#protocol/network/control-stream.ts'
import { directConnection } from '#protocol/network/overlay-node.ts'
import { type CoordinatorMessage, joinProtocol } from '#protocol/wire/control.ts'
import { selfSigned } from './self-signed.ts'

const experiment = experimentSchema.parse({
  name: 'hosted-in-a-test',
  peers: { honest: 2, byzantine: 1, placement: [0] },
  topology: { name: 'complete' },
  learning: { dataset: 'digits', model: 'softmax-regression', engine: 'tfjs-cpu' },
  aggregation: { name: 'median' },
  attack: { name: 'sign-flip' },
  rounds: { count: 3, evaluateEvery: 3 },
})
const dataset = await loadDataset('digits')
const never = new AbortController().signal

/** Hosts an experiment while `body` runs. */
async function whileHosting(
  changes: Partial<HostOptions>,
  body: (link: string, said: readonly string[]) => Promise<void>,
): Promise<void> {
  const stop = new AbortController()
  const said: string[] = []
  let outcome: ReturnType<typeof hostExperiment> | undefined
  const link = await new Promise<string>((resolve, reject) => {
    outcome = hostExperiment({
      experiment,
      dataset,
      port: 0,
      watch: () => {},
      say: (line) => said.push(line),
      signal: stop.signal,
      opened: resolve,
      ...changes,
    })
    outcome.catch(reject)
  })
  try {
    await body(link, said)
  } finally {
    stop.abort()
    await outcome
  }
}

test('the notice tells holders of the link about the experiment, but not which peers are Byzantine', () =>
  whileHosting({ iceServers: [{ urls: 'stun:192.0.2.1:3478' }] }, async (link) => {
    const { notice, coordinator, iceServers } = await readInvitation(link, never)
    const told = experimentSchema.parse(notice.experiment)
    expect(told.name).toBe('hosted-in-a-test')
    expect(told.attack).toEqual({ name: 'none' })
    expect(told.peers).toEqual({ honest: 3, byzantine: 0, placement: [] })
    expect(JSON.stringify(notice)).not.toContain('sign-flip')
    expect(notice.seats.wanted).toBe(3)
    expect(notice.phase).toBe('seating')
    expect(iceServers).toEqual([{ urls: 'stun:192.0.2.1:3478' }])
    const { port } = new URL(link)
    expect(coordinator).toBe(`/ip4/127.0.0.1/tcp/${port}/ws/p2p/${notice.hostPeerId}`)
    await expect(readInvitation(link.replace(/=.*/, '=other'), never)).rejects.toThrow('does not know this link')
  }))

test('a run of Node volunteers starts when all have joined, with the Byzantine peer that the host launches', async () => {
  const stop = new AbortController()
  const joined: Promise<string>[] = []
  const outcome = await hostExperiment({
    experiment,
    dataset,
    peers: 3,
    port: 0,
    watch: () => {},
    say: () => {},
    signal: stop.signal,
    opened(link) {
      for (let k = 0; k < 3; k++) joined.push(joinByLink({ link, signal: stop.signal, say: () => {} }))
    },
  })
  expect(await Promise.all(joined)).toEqual(['finished', 'finished', 'finished'])
  expect(outcome.outcome).toBe('finished')
  expect(outcome.roster.map(({ role }) => role)).toEqual(['byzantine', 'honest', 'honest', 'honest'])
  const evaluated = outcome.log.filter((event) => event.type === 'evaluated')
  expect(new Set(evaluated.map(({ peer }) => peer))).toEqual(new Set([0, 1, 2, 3]))
})

test('a taken port is refused in one line', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as AddressInfo
  await expect(
    hostExperiment({ experiment, dataset, port, watch: () => {}, say: () => {}, signal: never }),
  ).rejects.toThrow(new InputError(`port ${port} of 127.0.0.1 cannot be used: it is taken; choose another with --port`))
  await new Promise((resolve) => taken.close(resolve))
})

/** A guest that joins by the link and does nothing by itself. The test awaits the host's messages one by one. */
async function idleGuest(link: string) {
  const { coordinator, relay, token } = await readInvitation(link, never)
  const node = await createHearsayNode({ relay })
  const host = await node.connect(coordinator)
  const connection = directConnection(node.overlay, host)
  const control = peerControl((await connection?.newStream(joinProtocol)) as ByteStream)
  const addresses = [...(await node.whenReachable(never))]
  await control.send({ type: 'hello', token, peerId: node.peerId, kind: 'process', addresses, engine: 'auto' })
  const messages = control.messages[Symbol.asyncIterator]()
  return { node, next: async () => ((await messages.next()).value as CoordinatorMessage | undefined)?.type }
}

for (const [reason, patience, commitments] of [
  ['disconnected', undefined, 'evidence'],
  // On a busy machine the other peers may connect slowly; only unanswered requests count.
  ['silent', { askMs: 800, edgesMs: 20_000, readyMs: 40_000 }, 'off'],
] as const)
  test(`a guest that is ${reason} during wiring loses its seat to the next one, over libp2p, and all others take part`, async () => {
    const stop = new AbortController()
    const { signal } = stop
    const said: string[] = []
    let opened = (_link: string): void => {}
    const link = new Promise<string>((resolve) => {
      opened = resolve
    })
    const hosted = hostExperiment({
      experiment: { ...experiment, commitments },
      dataset,
      port: 0,
      watch: () => {},
      say: (line) => said.push(line),
      signal,
      opened,
      ...(patience ? { patience } : {}),
    })
    const idle = await idleGuest(await link)
    try {
      const volunteer = async (): Promise<string> => joinByLink({ link: await link, signal, say: () => {} })
      const first = volunteer()
      expect(await idle.next()).toBe('assignment')
      if (reason === 'disconnected') await idle.node.stop()
      else for (const told of ['how-far', 'how-far', 'refused']) expect(await idle.next()).toBe(told)
      const second = volunteer()
      expect(await Promise.all([first, second])).toEqual(['finished', 'finished'])
      const { outcome, log } = await hosted
      expect(outcome).toBe('finished')
      const roster = log.find((event) => event.type === 'roster')
      expect(roster?.turnedAway?.counts).toEqual({ [reason]: 1 })
      expect(roster?.turnedAway?.seats[0]?.id).toBe(idle.node.peerId)
      expect(said.filter((line) => line.endsWith(`turned away so far: 1 ${reason}`))).toHaveLength(1)
      expect(log.filter(({ type }) => type === 'evaluated')).toHaveLength(3)
    } finally {
      stop.abort()
      await Promise.all([hosted, idle.node.stop()])
    }
  })

test('volunteers that do not fit the topology are an input error', () => {
  const torus = experimentSchema.parse({
    ...experiment,
    topology: { name: 'torus', rows: 3, columns: 3 },
    peers: { honest: 8, byzantine: 1 },
  })
  expect(() => hostedExperiment(torus, 5)).toThrow(InputError)
  expect(hostedExperiment(torus, 8).peers.honest).toBe(8)
})

test('an invalid certificate is an input error', async () => {
  const tls = { cert: 'no', key: 'no' }
  await expect(
    hostExperiment({ experiment, dataset, port: 0, tls, watch: () => {}, say: () => {}, signal: never }),
  ).rejects.toThrow(/^--tls-cert and --tls-key: /)
})

const tls = selfSigned(['DNS:localhost', 'IP:127.0.0.1'])

test.skipIf(!tls)('with TLS page, notice and WebSockets share one https origin, named by the certificate', () =>
  whileHosting({ ...(tls ? { tls } : {}), address: '127.0.0.1' }, async (link) => {
    expect(link).toMatch(/^https:\/\/localhost:\d+\/#token=/)
    const { origin, token } = parseJoinLink(link)
    const headers = { Authorization: `Bearer ${token}` }
    const ca = tls?.cert
    const status = await new Promise((resolve, reject) => {
      get(`${origin}/experiment.json`, { headers, ca }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).on('error', reject)
    })
    expect(status).toBe(200)
    const socket = new WebSocket(origin.replace('https', 'wss'), { ca })
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    socket.terminate()
  }),
)
