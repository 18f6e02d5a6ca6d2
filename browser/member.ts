import { assembleDataset } from '#learning/datasets/assemble.ts'
import { type DatasetDeclaration, datasets } from '#learning/datasets/registry.ts'
import { joinExperiment, type MemberProgress } from '#protocol/member.ts'
import type { StopReason } from '#protocol/peer.ts'
import type { Timers } from '#protocol/real-clock.ts'
import { createComputeWorker } from './compute/client.ts'
import { createHearsayNode, type HearsayNodeOptions } from './network/create-node.ts'
import { tabDigest, tabNonce } from './network/digest.ts'

const tabTimers: Timers = {
  now: () => performance.now(),
  set: (action, afterMs) => setTimeout(action, afterMs),
  clear: (timer) => clearTimeout(timer as number),
}

/** Where a tab finds its swarm: what the link carries in its fragment. */
export interface Invitation {
  readonly coordinator: string
  readonly relay: string
  readonly token: string
  readonly iceServers?: NonNullable<HearsayNodeOptions['iceServers']>
}

export interface TabMemberOptions extends Invitation {
  /** The built compute worker and the folder of its wasm binaries. */
  readonly workerUrl: URL
  readonly assets: string
  /** Where the data sets are served. */
  readonly dataUrl: URL
  readonly signal: AbortSignal
  readonly progress?: MemberProgress
}

/** One peer of a swarm in this tab: the network on the page, training and aggregation in a worker. */
export async function runTabMember(options: TabMemberOptions): Promise<StopReason> {
  const node = await createHearsayNode({
    relay: options.relay,
    ...(options.iceServers ? { iceServers: options.iceServers } : {}),
  })
  try {
    return await joinExperiment(
      {
        kind: 'tab',
        userAgent: navigator.userAgent,
        node,
        loadDataset: (name, dataUrl) =>
          fetchDataset(name, dataUrl ? new URL(dataUrl, options.dataUrl) : options.dataUrl),
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

/** Browsers slow tabs in the background; the run's record says when this one was there. */
function watchVisibility(changed: (state: 'visible' | 'hidden') => void): () => void {
  const tell = (): void => changed(document.visibilityState === 'hidden' ? 'hidden' : 'visible')
  document.addEventListener('visibilitychange', tell)
  if (document.visibilityState === 'hidden') tell()
  return () => document.removeEventListener('visibilitychange', tell)
}

/** Fetches and unpacks the files of a data set. */
async function fetchDataset(name: string, base: URL) {
  const declaration: DatasetDeclaration | undefined = datasets.find((dataset) => dataset.name === name)
  if (!declaration) throw new RangeError(`no data set is called ${name}`)
  const entries = Object.keys(declaration.files).map(async (key) => {
    const response = await fetch(new URL(`${name}/${key}`, base))
    if (!response.ok || !response.body) throw new Error(`data set ${name}: the host does not have ${key}`)
    const unpacked = response.body.pipeThrough(new DecompressionStream('gzip'))
    return [key, new Uint8Array(await new Response(unpacked).arrayBuffer())] as const
  })
  return assembleDataset(declaration, Object.fromEntries(await Promise.all(entries)))
}
