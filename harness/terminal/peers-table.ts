import Table from 'cli-table3'
import type { PeerSummary, Summary } from '#report/summary/summary.ts'
import { bytes, figure, percent } from '#report/summary/wording.ts'
import { colours } from './colours.ts'

const columns = ['peer', 'kind', 'role', 'accuracy', 'loss', 'sent', 'received', 'accepted', 'rejected'] as const
const right = new Set<string>(['peer', 'accuracy', 'loss', 'sent', 'received', 'accepted'])
/** Maximum width of the last column, so that a row has at most 100 columns. */
const rejectedWidth = 20

/** The final table of peers: one line for each, at most 100 columns wide. */
export function peersTable({ peers }: Pick<Summary, 'peers'>): string {
  const none = ''
  const table = new Table({
    head: columns.map((column) => colours.bold(column)),
    colAligns: columns.map((column) => (right.has(column) ? 'right' : 'left')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      top: none,
      'top-mid': none,
      'top-left': none,
      'top-right': none,
      bottom: none,
      'bottom-mid': none,
      'bottom-left': none,
      'bottom-right': none,
      left: none,
      'left-mid': none,
      mid: none,
      'mid-mid': none,
      right: none,
      'right-mid': none,
      middle: none,
    },
  })
  table.push(...peers.map(row))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

function row(peer: PeerSummary): string[] {
  const byzantinePeer = peer.role === 'byzantine'
  return [
    String(peer.peer),
    peer.kind,
    byzantinePeer
      ? colours.red(peer.stopped === null ? 'Byzantine' : 'Byzantine, stopped')
      : peer.stopped === null
        ? 'honest'
        : colours.yellow('honest, stopped'),
    percent(peer.accuracy),
    figure(peer.loss),
    bytes(peer.bytesSent),
    bytes(peer.bytesReceived),
    String(peer.accepted),
    rejected(peer),
  ]
}

/** `3: late 2, duplicate 1`, cut to the maximum width; 0 without rejected updates. */
function rejected(peer: PeerSummary): string {
  const reasons = Object.entries(peer.rejected).sort(([, a], [, b]) => b - a)
  if (reasons.length === 0) return '0'
  const total = reasons.reduce((sum, [, times]) => sum + times, 0)
  const [first] = reasons
  const text =
    reasons.length === 1
      ? `${total} ${first?.[0]}`
      : `${total}: ${reasons.map(([reason, n]) => `${reason} ${n}`).join(', ')}`
  return text.length > rejectedWidth ? `${text.slice(0, rejectedWidth - 1)}…` : text
}
