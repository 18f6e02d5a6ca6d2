import { type ChildProcess, spawn } from 'node:child_process'
import type { IceServer } from '#protocol/network/libp2p/hearsay-node.ts'
import { builtPath } from '../config/built.ts'

/** The addresses that a launched peer needs to join its swarm. */
export interface SwarmAddresses {
  readonly coordinator: string
  readonly relay: string
  readonly links: 'webrtc' | 'auto'
  readonly iceServers?: readonly IceServer[]
}

/** The peers that a launcher started, as processes or tabs. */
export interface LaunchedPeers {
  /** Ends the peers that still run; resolves when none is left. */
  close(): Promise<void>
}

/** A seat and the token that admits its peer. */
export interface SeatToken {
  readonly seat: number
  readonly token: string
}

const killAfterMs = 3000

/** The last line of a process's output that is not part of a stack trace. */
export function lastLine(words: string): string | undefined {
  return words
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => line !== '' && !/^at |^Node\.js v/.test(line))
}

/** Starts a Node process for each seat. Calls `gone` with the last line of stderr if one fails. */
export function launchProcesses(
  seats: readonly SeatToken[],
  addresses: SwarmAddresses,
  gone: (seat: number, detail: string) => void,
): LaunchedPeers & { readonly pids: ReadonlyMap<number, number> } {
  const script = builtPath('node/peer.js')
  const children = new Map<number, ChildProcess>()
  const pids = new Map<number, number>()
  for (const { seat, token } of seats) {
    const child = spawn(
      process.execPath,
      [
        script,
        '--coordinator',
        addresses.coordinator,
        '--relay',
        addresses.relay,
        '--token',
        token,
        '--links',
        addresses.links,
        ...(addresses.iceServers ?? []).flatMap((server) => ['--ice-server', JSON.stringify(server)]),
      ],
      { stdio: ['pipe', 'ignore', 'pipe'] },
    )
    let lastWords = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-1000)
    })
    child.stdin?.on('error', () => {})
    child.once('error', (error) => gone(seat, error.message))
    child.once('exit', (code, signal) => {
      children.delete(seat)
      if (code === 0) return
      gone(seat, lastLine(lastWords) ?? (signal ? `killed by ${signal}` : `exit code ${code}`))
    })
    children.set(seat, child)
    if (child.pid !== undefined) pids.set(seat, child.pid)
  }
  return {
    pids,
    async close() {
      const running = [...children.values()]
      const exits = running.map((child) => new Promise<void>((resolve) => child.once('exit', () => resolve())))
      for (const child of running) child.stdin?.end()
      const timer = setTimeout(() => {
        for (const child of running) child.kill('SIGKILL')
      }, killAfterMs)
      await Promise.all(exits)
      clearTimeout(timer)
    },
  }
}
