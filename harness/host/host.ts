import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Dataset } from '#learning/datasets/dataset.ts'
import { nodeDigest } from '#node/network/digest.ts'
import { startRelay } from '#node/network/relay.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { experimentId } from '#protocol/loading/identity.ts'
import { probedImages } from '#protocol/loading/probe.ts'
import { type IceServer, peerIdOf } from '#protocol/network/libp2p/hearsay-node.ts'
import { planOf } from '#protocol/plan/plan.ts'
import { evaluatedOn, shardsOf } from '#protocol/plan/shards.ts'
import type { LoggedEvent } from '#protocol/record/events.ts'
import { createTranscript } from '#protocol/record/transcript.ts'
import { wiringTimeMs } from '#protocol/session/connect.ts'
import type { RunOutcome, Watch } from '#protocol/simulation/outcome.ts'
import { holdingsOf } from '#protocol/simulation/simulate.ts'
import { hostMultiaddr, type Notice, noticePath } from '#protocol/wire/notice.ts'
import { changeExperiment } from '../config/load.ts'
import { publicExperiment, withoutPaths } from '../coordinator/assignment.ts'
import { createCoordinator } from '../coordinator/coordinator.ts'
import type { WiringPatience } from '../coordinator/eviction.ts'
import { launchProcesses } from '../launch/processes.ts'
import { swarmOutcome } from '../launch/swarm-outcome.ts'
import { createDataServer } from '../servers/data-server.ts'
import { type JsonAnswer, servePage } from '../servers/page-server.ts'
import { createPageHttpServer, insecureNotice, publicOrigin, type TlsFiles } from './host-origin.ts'
import { formatJoinLink, originOf } from './join-link.ts'

export interface HostOptions {
  readonly experiment: Experiment
  readonly dataset: Dataset
  /** Number of volunteers, which are the honest peers. By default the experiment's number. */
  readonly peers?: number
  /** 0 takes any free port. */
  readonly port: number
  /** Address to listen on: by default 127.0.0.1, with TLS all addresses. */
  readonly address?: string
  /** Origin of a proxy in front of this host, such as https://example.org. */
  readonly publicUrl?: string
  readonly tls?: TlsFiles
  /** STUN and TURN servers for every peer; none by default. */
  readonly iceServers?: readonly IceServer[]
  /** Time limits for the wiring of volunteers; by default they follow from the number of edges. */
  readonly patience?: WiringPatience
  readonly watch: Watch
  readonly signal: AbortSignal
  /** Writes a line to stderr. */
  readonly say: (line: string) => void
  /** Called once with the link, when volunteers can join. */
  readonly opened?: (link: string) => void
}

/** Time limit from the last taken seat to round 0, besides the time for wiring. After it the swarm breaks. */
const readyMs = 60_000
/** Time for the last messages to reach the volunteers before their connections close. */
const farewellMs = 400

/**
 * Hosts an experiment for volunteers. Serves the page, introduces the peers to each other, starts when all seats are
 * taken, and collects the events. Page, relay and coordinator share one port and one origin. Volunteers are honest
 * peers. The host launches the Byzantine peers itself, as processes on this machine. Each peer draws its batches from a
 * secret seed. Throws InputError if port, address, TLS files or number of peers are unusable.
 */
export async function hostExperiment(options: HostOptions): Promise<RunOutcome> {
  const { dataset, signal, say } = options
  const experiment = hostedExperiment(options.experiment, options.peers)
  const plan = planOf(experiment)
  const iceServers = options.iceServers ?? []
  const shards = shardsOf(experiment, dataset.train.labels, plan.n)
  const data = createDataServer(evaluatedOn(experiment, dataset), shards, plan, probedImages(experiment))
  const token = randomBytes(12).toString('base64url')
  const cleanups: (() => void | Promise<void>)[] = []
  try {
    const server = createPageHttpServer(options.tls)
    const relay = await startRelay()
    cleanups.push(() => relay.stop())
    const hostPeerId = peerIdOf(relay.multiaddr)
    const here = { taken: 0, phase: 'seating' as Notice['phase'] }
    const notice = (): Notice => ({
      experiment: withoutPaths(publicExperiment(experiment, plan.n)) as unknown as Notice['experiment'],
      hostPeerId,
      seats: { taken: here.taken, wanted: plan.n },
      phase: here.phase,
      iceServers: iceServers as Notice['iceServers'],
    })
    const host = options.address ?? (options.tls ? '0.0.0.0' : '127.0.0.1')
    const page = await servePage(server, {
      port: options.port,
      host,
      scheme: options.tls ? 'https' : 'http',
      routes: new Map([[`/${noticePath}`, (request) => answer(request, token, notice)]]),
      data: data.find,
      webSocketPort: portOf(relay.multiaddr),
    })
    cleanups.push(() => page.close())
    const origin = publicOrigin({ host, port: page.port, tls: options.tls, publicUrl: options.publicUrl })

    const log: LoggedEvent[] = []
    const transcript = createTranscript()
    const reserved = new Map(plan.byzantine.map((seat) => [randomBytes(12).toString('base64url'), seat]))
    const relayed = `${hostMultiaddr(originOf(new URL(origin)), hostPeerId)}/p2p-circuit/webrtc/p2p`
    let late: NodeJS.Timeout | undefined
    cleanups.push(() => clearTimeout(late))
    const coordinator = await createCoordinator({
      experiment,
      experimentId: experimentId(experiment),
      plan,
      holdings: holdingsOf(shards, dataset),
      node: relay.overlay,
      seating: { kind: 'open', token, reserved },
      // All addresses look alike, so that none reveals a peer that the host launched.
      addressesOf: (peerId) => [`${relayed}/${peerId}`],
      batchSeed: () => randomInt(2 ** 31),
      // Byzantine peers are processes on this machine and read its files.
      dataUrlOf: (seat) => (plan.byzantine.includes(seat) ? undefined : data.folderOf(seat)),
      record(event) {
        log.push(event)
        transcript.record(event)
        options.watch(event)
      },
      say,
      ...(options.patience ? { patience: options.patience } : {}),
      seated(count) {
        here.taken = count
        say(`${count} of ${plan.n} peers are here`)
        clearTimeout(late)
        here.phase = 'seating'
        if (count < plan.n) return
        here.phase = 'wiring'
        const wiringMs = readyMs + wiringTimeMs(plan.edges.length)
        late = setTimeout(() => coordinator.fail(`no start within ${wiringMs / 1000} s of the last seat`), wiringMs)
      },
    })
    const stop = (): void => coordinator.stop()
    signal.addEventListener('abort', stop, { once: true })
    cleanups.push(() => signal.removeEventListener('abort', stop))
    if (signal.aborted) stop()

    const byzantinePeers = launchProcesses(
      [...reserved].map(([secret, seat]) => ({ seat, token: secret })),
      { coordinator: relay.multiaddr, relay: relay.multiaddr, links: 'webrtc', iceServers },
      coordinator.gone,
    )
    cleanups.push(() => byzantinePeers.close())

    const link = formatJoinLink({ origin, token })
    const everywhere = host === '0.0.0.0' || host === '::'
    const localLink = everywhere ? formatJoinLink({ origin: `http://localhost:${page.port}`, token }) : undefined
    for (const line of insecureNotice(origin, localLink)) say(line)
    say(`waiting for ${plan.n - plan.byzantine.length} volunteers at ${link}`)
    options.opened?.(link)
    coordinator.started.then(
      () => {
        clearTimeout(late)
        here.phase = 'running'
        say(`the swarm is wired: ${plan.edges.length} edges`)
      },
      () => undefined,
    )

    const result = await coordinator.done
    here.phase = 'over'
    await new Promise((resolve) => setTimeout(resolve, farewellMs))
    return swarmOutcome({ experiment, dataset, result, log, transcriptHash: await transcript.hash(nodeDigest) })
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup()
  }
}

/** The experiment with `peers` volunteers beside its Byzantine peers. Throws InputError if the number does not fit. */
export function hostedExperiment(experiment: Experiment, peers?: number): Experiment {
  return changeExperiment(
    experiment,
    {
      ...(peers === undefined ? {} : { 'peers.honest': peers }),
      ...(experiment.runtime.name === 'hosted' ? {} : { runtime: { name: 'hosted' } }),
    },
    'host',
  )
}

/** Sends the notice only to holders of the link. */
function answer(request: IncomingMessage, token: string, notice: () => Notice): JsonAnswer {
  const given = Buffer.from(request.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return { status: 403 }
  return { status: 200, body: notice() }
}

function portOf(multiaddr: string): number {
  return Number(/\/tcp\/(\d+)/.exec(multiaddr)?.[1])
}
