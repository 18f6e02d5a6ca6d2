import { randomBytes } from 'node:crypto'
import type { Dataset } from '#learning/datasets/dataset.ts'
import { createHearsayNode } from '#node/network/create-node.ts'
import { nodeDigest } from '#node/network/digest.ts'
import { startRelay } from '#node/network/relay.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { experimentId } from '#protocol/loading/identity.ts'
import { probedImages } from '#protocol/loading/probe.ts'
import { planOf } from '#protocol/plan/plan.ts'
import { evaluatedOn, shardsOf } from '#protocol/plan/shards.ts'
import type { LoggedEvent } from '#protocol/record/events.ts'
import { createTranscript } from '#protocol/record/transcript.ts'
import { wiringTimeMs } from '#protocol/session/connect.ts'
import type { RunOutcome, Watch } from '#protocol/simulation/outcome.ts'
import { holdingsOf } from '#protocol/simulation/simulate.ts'
import { createCoordinator } from '../coordinator/coordinator.ts'
import { createDataServer } from '../servers/data-server.ts'
import { launchBrowsers } from './browsers.ts'
import { type LaunchedPeers, launchProcesses, type SeatToken } from './processes.ts'
import { swarmOutcome } from './swarm-outcome.ts'

export interface SwarmOptions {
  readonly experiment: Experiment
  readonly dataset: Dataset
  readonly watch: Watch
  readonly signal: AbortSignal
  /** Writes a line to stderr. */
  readonly say: (line: string) => void
  /** Stops the relay once the swarm runs: existing connections do not need it. */
  readonly stopRelay?: boolean
  /** Receives the process ids by seat, for tests that kill a process. */
  readonly launched?: (pids: ReadonlyMap<number, number>) => void
}

/** The seats that are tabs: none, all, or with `mixed` the given number, spread evenly over the seats. */
export function tabSeats({ runtime }: Experiment, n: number): number[] {
  const seats = Array.from({ length: n }, (_, seat) => seat)
  if (runtime.name === 'browsers') return seats
  if (runtime.name !== 'mixed') return []
  return seats.filter((seat) => Math.floor(((seat + 1) * runtime.tabs) / n) > Math.floor((seat * runtime.tabs) / n))
}

/** Time limit for this many peers on one machine to join. The time for wiring comes on top. */
const arrivalMs = (peers: number): number => 60_000 + 2000 * peers

/** Runs an experiment as a real swarm of processes, tabs or both, with relay and coordinator, all on this machine. */
export async function launchSwarm(options: SwarmOptions): Promise<RunOutcome> {
  const { experiment, dataset, signal, say } = options
  const plan = planOf(experiment)
  const { runtime } = experiment
  if (runtime.name === 'simulation' || runtime.name === 'hosted') {
    throw new RangeError(`runtime ${runtime.name} is not a swarm on this machine`)
  }
  const cleanups: (() => Promise<void>)[] = []
  try {
    const relay = await startRelay()
    cleanups.push(() => relay.stop())
    const node = await createHearsayNode({ listen: ['/ip4/127.0.0.1/tcp/0/ws'], admission: 'open' })
    cleanups.push(() => node.stop())
    const address = node.addresses().find((own) => own.includes('/ws'))
    if (address === undefined) throw new Error('the coordinator has no address')

    const log: LoggedEvent[] = []
    const transcript = createTranscript()
    const seats: SeatToken[] = Array.from({ length: plan.n }, (_, seat) => ({
      seat,
      token: randomBytes(16).toString('hex'),
    }))
    const tabs = tabSeats(experiment, plan.n)
    const shards = shardsOf(experiment, dataset.train.labels, plan.n)
    const data = createDataServer(evaluatedOn(experiment, dataset), shards, plan, probedImages(experiment))
    const coordinator = await createCoordinator({
      experiment,
      experimentId: experimentId(experiment),
      plan,
      holdings: holdingsOf(shards, dataset),
      node: node.overlay,
      dataUrlOf: (seat) => (tabs.includes(seat) ? data.folderOf(seat) : undefined),
      seating: { kind: 'launched', seatOf: new Map(seats.map(({ seat, token }) => [token, seat])) },
      record(event) {
        log.push(event)
        transcript.record(event)
        options.watch(event)
      },
      say,
      seated: (count) => say(`${count} of ${plan.n} peers are here`),
    })
    signal.addEventListener('abort', () => coordinator.stop(), { once: true })
    if (signal.aborted) coordinator.stop()

    const addresses = { coordinator: address, relay: relay.multiaddr, links: runtime.links }
    const wanted = signal.aborted ? [] : seats
    const processes = launchProcesses(
      wanted.filter(({ seat }) => !tabs.includes(seat)),
      addresses,
      coordinator.gone,
    )
    cleanups.push(() => processes.close())
    options.launched?.(processes.pids)
    if (tabs.length > 0 && !signal.aborted && runtime.name !== 'processes') {
      const browsers: LaunchedPeers = await launchBrowsers(
        seats.filter(({ seat }) => tabs.includes(seat)),
        { ...addresses, isolate: runtime.isolate, headless: runtime.headless, data: data.find },
        coordinator.gone,
      )
      cleanups.push(() => browsers.close())
    }
    const launchMs = arrivalMs(plan.n) + wiringTimeMs(plan.edges.length)
    const late = setTimeout(() => coordinator.fail(`no start within ${launchMs / 1000} s`), launchMs)
    cleanups.push(async () => clearTimeout(late))
    coordinator.started.then(
      async () => {
        clearTimeout(late)
        say(`the swarm is wired: ${plan.edges.length} edges`)
        if (options.stopRelay) await relay.stop()
      },
      () => undefined,
    )

    const result = await coordinator.done
    return swarmOutcome({ experiment, dataset, result, log, transcriptHash: await transcript.hash(nodeDigest) })
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup()
  }
}
