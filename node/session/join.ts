import '../network/polyfills.ts'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { noSeatAt } from '#protocol/network/libp2p/hearsay-node.ts'
import { retry } from '#protocol/network/retry.ts'
import type { StopReason } from '#protocol/peer/peer-ports.ts'
import { joinExperiment } from '#protocol/session/join.ts'
import type { JoinProgress, JoinShell } from '#protocol/session/join-shell.ts'
import type { Timers } from '#protocol/session/real-clock.ts'
import { loadOwnAttack } from '../compute/own-attack.ts'
import { createComputePool } from '../compute/pool.ts'
import { loadDataset } from '../data/load.ts'
import { packageFolder } from '../data/package-folder.ts'
import { createHearsayNode, type HearsayNodeOptions } from '../network/create-node.ts'
import { nodeDigest, nodeNonce } from '../network/digest.ts'

export const nodeTimers: Timers = {
  now: () => performance.now(),
  set: (action, afterMs) => setTimeout(action, afterMs),
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
}

export interface NodeJoinOptions {
  readonly coordinator: string
  readonly relay: string
  readonly token: string
  readonly links: 'webrtc' | 'auto'
  /** Base URL of the data that a host serves to its volunteers. */
  readonly dataUrl?: string
  readonly iceServers?: HearsayNodeOptions['iceServers']
  readonly signal: AbortSignal
  readonly progress?: JoinProgress
  /**
   * Whether the peer runs the rule and attack files that it is assigned: only if the user's own launcher started it.
   */
  readonly ownCode?: boolean
}

/** Starts the compute of one peer: a worker thread of the built package. */
export const startWorker: JoinShell['startCompute'] = (setup) =>
  createComputePool({
    size: 1,
    workerUrl: pathToFileURL(join(packageFolder(), 'dist', 'node', 'compute', 'worker.js')),
    setup,
  })

/** Runs one peer of a swarm in this process, from joining to the last round. Training runs in a worker thread. */
export async function joinFromNode(options: NodeJoinOptions): Promise<StopReason> {
  // The node does not start without its reservation at the relay.
  const node = await retry(
    () =>
      createHearsayNode({
        relay: options.relay,
        links: options.links,
        ...(options.iceServers ? { iceServers: options.iceServers } : {}),
      }),
    options.signal,
  ).catch((error: unknown) => {
    throw noSeatAt(options.relay, error)
  })
  try {
    return await joinExperiment(
      {
        kind: 'process',
        userAgent: `node ${process.versions.node}`,
        node,
        fetchData: (address) => fetchData(address, options.dataUrl),
        readDataset: (name) => loadDataset(name),
        startCompute: startWorker,
        ...(options.ownCode ? { loadOwnAttack } : {}),
        digest: nodeDigest,
        timers: nodeTimers,
        nonce: nodeNonce,
      },
      {
        coordinator: options.coordinator,
        token: options.token,
        signal: options.signal,
        ...(options.progress ? { progress: options.progress } : {}),
      },
    )
  } finally {
    await node.stop()
  }
}

async function fetchData(address: string, base: string | undefined): Promise<Uint8Array> {
  if (base === undefined) throw new Error('this peer must fetch its data from a host, but got no URL of a host')
  const response = await fetch(new URL(address, base))
  if (!response.ok) throw new Error(`the host did not send this peer's data (status ${response.status})`)
  return new Uint8Array(await response.arrayBuffer())
}
