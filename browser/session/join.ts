import { noSeatAt } from '#protocol/network/libp2p/hearsay-node.ts'
import { retry } from '#protocol/network/retry.ts'
import type { StopReason } from '#protocol/peer/peer-ports.ts'
import { joinExperiment } from '#protocol/session/join.ts'
import type { JoinProgress } from '#protocol/session/join-shell.ts'
import type { Timers } from '#protocol/session/real-clock.ts'
import { createComputeWorker } from '../compute/pool.ts'
import { createHearsayNode, type HearsayNodeOptions } from '../network/create-node.ts'
import { tabDigest, tabNonce } from '../network/digest.ts'

const tabTimers: Timers = {
  now: () => performance.now(),
  set: (action, afterMs) => setTimeout(action, afterMs),
  clear: (timer) => clearTimeout(timer as number),
}

/** The addresses and the token with which a tab joins a swarm. */
export interface Invitation {
  readonly coordinator: string
  readonly relay: string
  readonly token: string
  readonly iceServers?: NonNullable<HearsayNodeOptions['iceServers']>
}

export interface TabJoinOptions extends Invitation {
  /** The built compute worker; `assets` is the base URL of its wasm binaries. */
  readonly workerUrl: URL
  readonly assets: string
  /** Base URL of the peers' data; the assignment names the peer's own address below it. */
  readonly dataUrl: URL
  readonly signal: AbortSignal
  readonly progress?: JoinProgress
}

/** Runs one peer of a swarm in this tab: the network on the page, training and aggregation in a worker. */
export async function joinFromTab(options: TabJoinOptions): Promise<StopReason> {
  // The node does not start without its reservation at the relay.
  const node = await retry(
    () =>
      createHearsayNode({
        relay: options.relay,
        ...(options.iceServers ? { iceServers: options.iceServers } : {}),
      }),
    options.signal,
  ).catch((error: unknown) => {
    throw noSeatAt(options.relay, error)
  })
  try {
    return await joinExperiment(
      {
        kind: 'tab',
        userAgent: navigator.userAgent,
        node,
        fetchData: (address) => fetchData(new URL(address, options.dataUrl)),
        startCompute: (setup) =>
          createComputeWorker({ workerUrl: options.workerUrl, setup: { ...setup, assets: options.assets } }),
        digest: tabDigest,
        timers: tabTimers,
        nonce: tabNonce,
        watchVisibility,
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

/** Calls back when the tab goes to the background or returns: browsers slow tabs there, so the run records it. */
function watchVisibility(changed: (state: 'visible' | 'hidden') => void): () => void {
  const tell = (): void => changed(document.visibilityState === 'hidden' ? 'hidden' : 'visible')
  document.addEventListener('visibilitychange', tell)
  if (document.visibilityState === 'hidden') tell()
  return () => document.removeEventListener('visibilitychange', tell)
}

async function fetchData(url: URL): Promise<Uint8Array> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`the host did not send this peer's data (status ${response.status})`)
  return new Uint8Array(await response.arrayBuffer())
}
