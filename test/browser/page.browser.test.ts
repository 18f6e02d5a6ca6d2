import { beforeEach, expect, test } from 'vitest'
import { createSession, type Session, type TakePart } from '#browser/session/visit.ts'
import { lineChart, niceCeiling } from '#browser/view/chart.ts'
import { changed, emptyState, type LiveState, type NeighbourState } from '#browser/view/live-state.ts'
import { createPage } from '#browser/view/page.ts'
import { missingRequirement } from '#browser/view/requirements.ts'
import { experimentSchema } from '#protocol/experiment/schema.ts'
import type { StopReason } from '#protocol/peer/peer-ports.ts'
import type { RunEvent } from '#protocol/record/events.ts'
import { JoinError } from '#protocol/session/join-control.ts'
import type { JoinProgress } from '#protocol/session/join-shell.ts'
import type { Assignment } from '#protocol/wire/control.ts'

const experiment = experimentSchema.parse({
  name: 'views',
  question: 'Is <img src=x onerror=alert(1)> text?',
  peers: { honest: 3 },
  topology: { name: 'complete' },
  learning: { dataset: 'digits' },
  aggregation: { name: 'median' },
  rounds: { count: 10 },
})
const notice = {
  experiment: {},
  hostPeerId: '12D3KooWHost',
  seats: { taken: 1, wanted: 3 },
  phase: 'seating' as const,
  iceServers: [],
}
const assignment: Assignment = {
  type: 'assignment',
  index: 1,
  n: 3,
  experimentId: '0'.repeat(64),
  experiment: {},
  roster: [],
  neighbours: [0, 2],
}
const at = (round: number) => ({ peer: 1, round, atMs: 0 })
const closed = (round: number, accepted: number[], missing: number[]): RunEvent => ({
  type: 'round-closed',
  ...at(round),
  closing: 'complete',
  loss: 1,
  trainMs: 1,
  waitMs: 1,
  aggregateMs: 1,
  bytesSent: 2_000_000 * (round + 1),
  bytesReceived: 1000,
  accepted,
  missing,
  influence: [[1, 0.5], ...accepted.map((peer): [number, number] => [peer, 0.25])],
})

let root: HTMLElement
let session: Session

beforeEach(() => {
  root = document.createElement('main')
  document.body.replaceChildren(root)
  const page = createPage(root, 'http://192.0.2.7:8080', { join: () => {}, leave: () => session.leave() })
  session = createSession((state) => page.show(state))
})

/** A peer that the test resolves or rejects. */
function drivenPeer() {
  let progress: JoinProgress = {}
  let stop: (reason: StopReason) => void = () => {}
  let fail: (error: Error) => void = () => {}
  const takePart: TakePart = (signal, given) => {
    progress = given
    return new Promise((resolve, reject) => {
      stop = resolve
      fail = reject
      signal.addEventListener('abort', () => resolve('left'))
    })
  }
  return {
    takePart,
    progress: () => progress,
    stop: (reason: StopReason) => stop(reason),
    fail: (error: Error) => fail(error),
  }
}

function running(): ReturnType<typeof drivenPeer> & { ended: Promise<unknown> } {
  const peer = drivenPeer()
  session.change({ type: 'noticed', notice, experiment })
  const ended = session.join(peer.takePart)
  peer.progress().waiting?.()
  peer.progress().assigned?.(assignment, experiment)
  peer.progress().linked?.()
  peer.progress().computing?.({ engine: 'tfjs-wasm', hardware: false })
  peer.progress().started?.()
  return { ...peer, ended }
}

const buttons = (): string[] => [...root.querySelectorAll('button')].map(({ textContent }) => textContent ?? '')

test("an invitation shows the experiment, the number of peers and the tab's promises, and offers Join", () => {
  session.change({ type: 'noticed', notice, experiment })
  expect(root.dataset.stage).toBe('invited')
  expect(root.textContent).toContain('1 of 3 is here')
  expect(root.textContent).toContain('Median of each coordinate')
  expect(root.textContent).toContain('It sends its model updates to its neighbours, who can read them.')
  expect(root.textContent).toContain('It uses none of your own data')
  expect(buttons()).toEqual(['Join'])
})

test('text of the host is shown as text and never as markup', () => {
  session.change({ type: 'noticed', notice, experiment })
  expect(root.querySelector('.question')?.textContent).toBe('Is <img src=x onerror=alert(1)> text?')
  expect(root.querySelector('img')).toBeNull()
})

test('a run that has begun, is over, or has lost its host cannot be joined', () => {
  session.change({ type: 'noticed', notice: { ...notice, phase: 'running' }, experiment })
  expect(buttons()).toEqual([])
  expect(root.textContent).toContain('This run has begun')
  session.change({ type: 'noticed', notice: { ...notice, phase: 'over' }, experiment })
  expect(root.textContent).toContain('This run is over')
  session.change({ type: 'noticed', notice, experiment })
  expect(buttons()).toEqual(['Join'])
  session.change({ type: 'host-silent' })
  expect(buttons()).toEqual([])
})

test('a running peer shows its accuracy, its neighbours and its traffic', () => {
  const peer = running()
  expect(root.dataset.stage).toBe('running')
  peer.progress().event?.({ type: 'update-rejected', ...at(0), from: 0, reason: 'not-finite' })
  peer.progress().event?.(closed(0, [2], [0]))
  peer.progress().event?.({ type: 'evaluated', ...at(0), loss: 0.5, accuracy: 0.8125, evaluateMs: 1, digest: '' })
  expect(root.querySelector('.status')?.textContent).toBe('Round 2 of 10')
  expect(root.querySelector('[data-figure=accuracy]')?.textContent).toBe('81.3 %')
  expect(root.querySelectorAll('.neighbours li')).toHaveLength(2)
  expect(root.querySelector('[data-peer="0"] .counts')?.textContent).toBe(
    '0 used · 1 missing · rejected: 1 not numbers',
  )
  expect(root.querySelector('[data-peer="2"]')?.textContent).toContain('25 % of your last model')
  expect(root.textContent).toContain('2.0 MB')
  expect(buttons()).toEqual(['Leave'])
})

test('the Leave button stays the same element while rounds go by', () => {
  const peer = running()
  const before = root.querySelector('button')
  before?.focus()
  peer.progress().event?.(closed(0, [0], [2]))
  expect(root.querySelector('button')).toBe(before)
  expect(document.activeElement).toBe(before)
})

test('Leave ends the peer and says so', async () => {
  const peer = running()
  root.querySelector('button')?.click()
  expect(root.dataset.stage).toBe('leaving')
  await expect(peer.ended).resolves.toEqual({ reason: 'left' })
  expect(root.querySelector('.end h2')?.textContent).toBe('You have left')
  expect(buttons()).toEqual([])
})

test('each end has its own words', async () => {
  const ends: [(peer: ReturnType<typeof running>) => void, string][] = [
    [(peer) => peer.stop('finished'), 'The run is finished'],
    [(peer) => peer.stop('starved'), 'Your peer was left alone'],
    [(peer) => peer.fail(new JoinError('refused', 'the run has begun')), 'There is no seat for you'],
    [(peer) => peer.fail(new JoinError('coordinator-gone', 'gone')), 'The host is gone'],
    [(peer) => peer.fail(new JoinError('unwired', 'no link to 2')), 'Some neighbours could not be reached'],
    [(peer) => peer.fail(new Error('the worker crashed')), 'Something broke'],
    [
      (peer) => {
        peer.progress().stopAsked?.('interrupted')
        peer.stop('left')
      },
      'The host ended the run',
    ],
  ]
  for (const [end, title] of ends) {
    const page = createPage(root, 'https://example.org', { join: () => {}, leave: () => {} })
    session = createSession((state) => page.show(state))
    const peer = running()
    end(peer)
    await peer.ended
    expect(root.querySelector('.end h2')?.textContent).toBe(title)
  }
})

test('a tab in the background shows a note about the cost', () => {
  const peer = running()
  peer.progress().event?.({ type: 'visibility', ...at(0), state: 'hidden' })
  expect(root.querySelector('.note')?.textContent).toContain('in the background once')
  session.change({ type: 'host-silent' })
  expect(root.textContent).toContain('The run goes on without it')
})

test('a page over plain http names the problem and its fix', () => {
  session.change({ type: 'unable', problem: 'insecure' })
  expect(root.textContent).toContain('http://192.0.2.7:8080')
  expect(root.textContent).toContain('https')
  expect(buttons()).toEqual([])
})

test('this browser meets all requirements; without crypto.subtle or WebRTC it does not', () => {
  expect(missingRequirement()).toBeUndefined()
  const without = (name: string, value: unknown) =>
    missingRequirement(new Proxy(globalThis, { get: (scope, key) => (key === name ? value : Reflect.get(scope, key)) }))
  expect(without('isSecureContext', false)).toBe('insecure')
  expect(without('crypto', {})).toBe('insecure')
  expect(without('RTCPeerConnection', undefined)).toBe('no-webrtc')
  expect(without('DecompressionStream', undefined)).toBe('old-browser')
})

const seated = changed(emptyState, { type: 'assigned', peer: 1, neighbours: [0, 2], experiment })
const after = (state: LiveState, ...events: RunEvent[]): LiveState =>
  events.reduce((now, event) => changed(now, { type: 'event', event }), state)
const neighbour = (state: LiveState, peer: number): NeighbourState =>
  state.neighbours.find((entry) => entry.peer === peer) as NeighbourState

test('a rejection names why an update is missing, whether it comes before the round closes or after', () => {
  const rejected = (round: number, reason: 'late' | 'not-finite'): RunEvent => ({
    type: 'update-rejected',
    ...at(round),
    from: 2,
    reason,
  })
  const state = after(
    seated,
    rejected(0, 'not-finite'),
    closed(0, [0], [2]),
    closed(1, [0], [2]),
    rejected(1, 'late'),
    closed(2, [0], [2]),
  )
  expect(neighbour(state, 2).history.map(({ fate }) => fate)).toEqual(['not-finite', 'late', 'missing'])
  expect(neighbour(state, 2).rejected).toEqual({ 'not-finite': 1, late: 1 })
  expect(neighbour(state, 0).history.map(({ fate }) => fate)).toEqual(['accepted', 'accepted', 'accepted'])
})

test('a rejection of a round that was used changes its count alone', () => {
  const duplicate: RunEvent = { type: 'update-rejected', ...at(0), from: 2, reason: 'duplicate' }
  const state = after(seated, closed(0, [0, 2], []), duplicate)
  expect(neighbour(state, 2).history).toEqual([{ round: 0, fate: 'accepted' }])
  expect(neighbour(state, 2).rejected).toEqual({ duplicate: 1 })
})

test('a history keeps its last 60 rounds', () => {
  const state = after(seated, ...Array.from({ length: 100 }, (_, round) => closed(round, [0, 2], [])))
  expect(neighbour(state, 0).history.map(({ round }) => round)).toEqual(Array.from({ length: 60 }, (_, k) => k + 40))
  expect(neighbour(state, 0).accepted).toBe(100)
})

test('an end is final', () => {
  const ended = changed(seated, { type: 'ended', end: { reason: 'left' } })
  expect(changed(ended, { type: 'stage', stage: 'running' })).toBe(ended)
})

test('a chart leaves out values that are not finite and stays inside its frame', () => {
  const chart = lineChart({
    title: 'Loss',
    points: [
      { x: 1, y: Number.NaN },
      { x: 2, y: Number.POSITIVE_INFINITY },
      { x: 3, y: 9 },
      { x: 4, y: 1 },
    ],
    xMax: 4,
    yMax: 2,
    ticks: [0, 2],
    format: String,
  })
  const path = chart.querySelector('.curve')?.getAttribute('d') ?? ''
  const points = [...path.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const)
  expect(points).toHaveLength(2)
  const { width, height } = (chart as SVGSVGElement).viewBox.baseVal
  for (const [x, y] of points) expect(x >= 0 && x <= width && y >= 0 && y <= height).toBe(true)
})

test('an axis ends at a round number no less than the highest value', () => {
  expect([2.1, 0.034, 730, 1, 0, Number.NaN].map(niceCeiling)).toEqual([2.5, 0.04, 800, 1, 1, 1])
})
