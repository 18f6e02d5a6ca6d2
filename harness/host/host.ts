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
  /** How many volunteers are waited for: the honest peers. The experiment's number by default. */
  readonly peers?: number
  /** 0 takes any free port. */
  readonly port: number
  /** Address to listen on: by default this machine alone, and with TLS all of its addresses. */
  readonly address?: string
  /** Origin under which a proxy offers this host to the world, such as https://example.org. */
  readonly publicUrl?: string
  readonly tls?: TlsFiles
  /** Handed to every peer; none is contacted by default. */
  readonly iceServers?: readonly IceServer[]
  /** How long volunteers may take to be wired; as their edges need by default. */
  readonly patience?: WiringPatience
  readonly watch: Watch
  readonly signal: AbortSignal
  /** Talk for stderr. */
  readonly say: (line: string) => void
  /** Called once, when volunteers may come. */
  readonly opened?: (link: string) => void
}

/** What the host's own peers may take from the last seat taken until round 0, besides wiring; then the swarm is given up. */
const readyMs = 60_000
/** The last words to volunteers leave in this time, before their connections close. */
const farewellMs = 400

/**
 * Hosts an experiment for volunteers: serves the page, introduces its visitors to each other, starts when all seats
 * are taken, gathers the events. Page, relay and coordinator share one port and one origin. Where the experiment has
 * Byzantine peers, the host launches them itself, as processes on this machine; volunteers are honest. Each peer draws its
 * batches from a secret seed. Throws InputError where port, address, TLS files or number of peers do not fit.
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
      // All alike, so that no address tells who was launched by the host.
      addressesOf: (peerId) => [`${relayed}/${peerId}`],
      batchSeed: () => randomInt(2 ** 31),
      // The Byzantine peers are processes on this machine, which has the files.
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

/** The experiment as it is hosted: `peers` volunteers beside its Byzantine peers. Throws InputError where they do not fit it. */
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

/** The notice is for those who hold the link. */
function answer(request: IncomingMessage, token: string, notice: () => Notice): JsonAnswer {
  const given = Buffer.from(request.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return { status: 403 }
  return { status: 200, body: notice() }
}

function portOf(multiaddr: string): number {
  return Number(/\/tcp\/(\d+)/.exec(multiaddr)?.[1])
}
