import { type Experiment, experimentSchema } from '../experiment/schema.ts'
import { peerControl } from '../network/control-stream.ts'
import { directConnection } from '../network/overlay-node.ts'
import { retry } from '../network/retry.ts'
import type { StopReason } from '../peer/peer-ports.ts'
import { ownCodeOf } from '../plan/own-code.ts'
import { type Assignment, aboutSeating, type CoordinatorMessage, joinProtocol } from '../wire/control.ts'
import type { Place } from './connect.ts'
import { type PlaceTaking, takePlace } from './connect.ts'
import { type Control, JoinError, notStarted, openControl } from './join-control.ts'
import type { JoinOptions, JoinShell, JoinViolation } from './join-shell.ts'
import { type Preparation, prepare } from './preparation.ts'
import { createRealClock, type RealClock } from './real-clock.ts'
import { runPlace } from './run-rounds.ts'

/**
 * Runs one peer of a swarm: join, get a seat, wire the edges, wait for the start, run the rounds, report. Works alike
 * in Node and in a tab. Resolves to the reason why the peer stopped. An abort of the signal makes the peer leave.
 * Before the start, the coordinator may assign seats anew: the peer then drops its links and wires those of the next
 * assignment. Throws JoinError if the peer does not reach round 0.
 */
export async function joinExperiment(shell: JoinShell, options: JoinOptions): Promise<StopReason> {
  const { progress, signal } = options
  const { node } = shell
  const host = await retry(() => node.connect(options.coordinator), signal)
  const connection = directConnection(node.overlay, host)
  if (!connection) throw new JoinError('coordinator-gone', 'the connection to the coordinator ended at once')
  const control = openControl(peerControl(await connection.newStream(joinProtocol)), signal)
  const addresses = await node.whenReachable(signal)
  const counts = new Map<JoinViolation, number>()
  const violated = (violation: JoinViolation): void => {
    const count = (counts.get(violation) ?? 0) + 1
    counts.set(violation, count)
    progress?.violated?.(violation, count)
  }
  // No peer joins through another peer: reset any stream of the join protocol.
  await node.overlay.handle(
    joinProtocol,
    (stream) => {
      violated('not-the-coordinator')
      stream.abort(new Error('not the coordinator of this peer'))
    },
    { maxInboundStreams: 4, maxOutboundStreams: 1 },
  )
  const cleanups: (() => void | Promise<void>)[] = []
  const defer = (cleanup: () => void | Promise<void>): void => void cleanups.push(cleanup)
  control.send({
    type: 'hello',
    token: options.token,
    peerId: node.peerId,
    kind: shell.kind,
    addresses: [...addresses],
    engine: 'auto',
    ...(shell.userAgent === undefined ? {} : { userAgent: shell.userAgent.slice(0, 512) }),
  })
  signal.addEventListener('abort', () => control.send({ type: 'leave', reason: 'asked to' }), { once: true })
  progress?.waiting?.()

  const first = await control.next()
  if (first.type === 'refused') throw new JoinError('refused', first.reason)
  if (first.type !== 'assignment') throw notStarted(first)
  let fail = (_error: unknown): void => {}
  const failure = new Promise<never>((_, reject) => {
    fail = reject
  })
  failure.catch(() => undefined)
  const clock = createRealClock(shell.timers, (error) => fail(error))
  defer(() => clock.stop())
  try {
    const place = await untilStart(shell, options, control, clock, first, defer)
    clock.restart()
    return await runPlace(shell, options, { connection, control, clock, failure, violated, defer }, place)
  } catch (error) {
    // Tell the coordinator the reason before the connection ends.
    await control.leave(error instanceof Error ? error.message : String(error))
    throw error
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup()
  }
}

/** Takes the assigned place, and the next one after every new seating, until the coordinator sends `start`. */
async function untilStart(
  shell: JoinShell,
  options: JoinOptions,
  control: Control,
  clock: RealClock,
  first: Assignment,
  defer: (cleanup: () => void | Promise<void>) => void,
): Promise<Place> {
  let preparation: Preparation | undefined
  let taking: PlaceTaking | undefined
  defer(() => preparation?.close())
  defer(() => taking?.abandon())
  for (let assignment = first; ; ) {
    const experiment = experimentSchema.parse(assignment.experiment)
    admitOwnCode(shell, experiment, assignment)
    options.progress?.assigned?.(assignment, experiment)
    if (!preparation?.serves(assignment)) {
      await preparation?.close()
      preparation = prepare(shell, experiment, assignment)
    }
    taking = takePlace(shell, options, control, clock, preparation, assignment, experiment)
    const message = await whatFollows(control, taking, assignment)
    const place = taking.place()
    if (message.type === 'start' && place) return place
    await taking.abandon()
    const next = message.type === 'reseating' ? await nextSeating(options, control) : message
    if (next.type === 'refused') throw new JoinError('refused', next.reason)
    if (next.type !== 'assignment') throw notStarted(next)
    await partFrom(shell, assignment, next)
    assignment = next
  }
}

/**
 * Loads the user's own attack if the assignment names one. Throws JoinError if the assignment names a rule or an attack
 * of the host's user, and this peer is a guest: guests run no code of a host.
 */
function admitOwnCode(shell: JoinShell, { aggregation }: Experiment, { byzantine: told }: Assignment): void {
  const attack = (told?.attack ?? { name: 'none' }) as Experiment['attack']
  const own = ownCodeOf({ aggregation, attack })
  if (!own) return
  if (!shell.loadOwnAttack)
    throw new JoinError(
      'refused',
      `the run needs code from the host (${own.section}), and a guest runs no code from a host`,
    )
  if (attack.name === 'module') shell.loadOwnAttack(attack.module)
}

/** The coordinator's next message besides `how-far`, which it answers. Rejects if the peer cannot take the place. */
async function whatFollows(control: Control, taking: PlaceTaking, assignment: Assignment): Promise<CoordinatorMessage> {
  for (;;) {
    const message = await Promise.race([control.next(), taking.failed])
    if (message.type !== 'how-far') return message
    control.send({ type: 'so-far', missing: [...taking.missing()], ...aboutSeating(assignment) })
  }
}

async function nextSeating({ progress }: JoinOptions, control: Control): Promise<CoordinatorMessage> {
  progress?.waiting?.()
  for (;;) {
    const message = await control.next()
    if (message.type !== 'reseating' && message.type !== 'how-far') return message
  }
}

/** Forbids and closes connections with peers that have lost their seat. */
async function partFrom({ node }: JoinShell, before: Assignment, now: Assignment): Promise<void> {
  const seated = new Set(now.roster.map(({ peerId }) => peerId))
  const parted = before.roster.map(({ peerId }) => peerId).filter((peerId) => !seated.has(peerId))
  node.gate.forbid(parted)
  const theirs = node.overlay.connections().filter(({ remotePeer }) => parted.includes(remotePeer.toString()))
  await Promise.allSettled(theirs.map((connection) => connection.close()))
}
