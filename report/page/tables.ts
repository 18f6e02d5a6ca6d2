import type { Experiment } from '#protocol/experiment/schema.ts'
import { html, type Markup } from '../drawing/markup.ts'
import { groupBy } from '../summary/log.ts'
import { parameterRows } from '../summary/parameters.ts'
import type { Environment, EnvironmentValue, PeerSummary, Summary } from '../summary/summary.ts'
import { bytes, figure, isMeasured, percent } from '../summary/wording.ts'

/** Maximum number of peers shown at once; with more, the worst 12 are shown and the others on a click. */
const maxPeers = 40
const fewPeers = 12

/** One row for each peer; of many peers, those with the lowest accuracy first. */
export function peersTable({ peers }: Summary): Markup {
  if (peers.length <= maxPeers) return tableOf(peers)
  const worst = peers
    .filter(({ role }) => role === 'honest')
    .toSorted((a, b) => (a.accuracy ?? -1) - (b.accuracy ?? -1))
    .slice(0, fewPeers)
  return html`<p class="dim">The ${fewPeers} honest peers with the lowest accuracy.</p>${tableOf(worst)}
<details><summary>All ${peers.length} peers</summary>${tableOf(peers)}</details>`
}

function tableOf(peers: readonly PeerSummary[]): Markup {
  const probed = peers.some((peer) => peer.attackSuccess !== undefined)
  return html`<div class="wide"><table>
<thead><tr><th class="number">peer</th><th>kind</th><th>role</th><th>engine</th><th class="number">examples</th><th class="number">accuracy</th><th class="number">loss</th>${probed ? html`<th class="number">attack success</th>` : ''}<th class="number">sent</th><th class="number">received</th><th class="number">accepted</th><th class="number">missing</th><th>rejected</th></tr></thead>
<tbody>${peers.map((peer) => peerRow(peer, probed))}</tbody>
</table></div>`
}

function peerRow(peer: PeerSummary, probed: boolean): Markup {
  const role = peer.role === 'byzantine' ? html`<span class="byzantine">✕ Byzantine</span>` : 'honest'
  const stopped = peer.stopped === null ? '' : html` <span class="dim">(${peer.stopped})</span>`
  return html`<tr><td class="number">${peer.peer}</td><td>${peer.kind}</td><td>${role}${stopped}</td><td>${peer.engine ?? '–'}</td><td class="number">${peer.examples}</td><td class="number">${percent(peer.accuracy)}</td><td class="number">${figure(peer.loss)}</td>${probed ? html`<td class="number">${percent(peer.attackSuccess)}</td>` : ''}<td class="number">${bytes(peer.bytesSent)}</td><td class="number">${bytes(peer.bytesReceived)}</td><td class="number">${peer.accepted}</td><td class="number">${peer.missing}</td><td>${reasons(peer)}</td></tr>`
}

/** `12 late, 1 duplicate`, most frequent first; 0 without rejected updates. */
function reasons({ rejected }: PeerSummary): string {
  const entries = Object.entries(rejected).sort(([, a], [, b]) => b - a)
  return entries.length === 0 ? '0' : entries.map(([reason, times]) => `${times} ${reason}`).join(', ')
}

/** The run and its twins at the last round. */
export function twinsTable({ metrics, twins, repetition }: Summary): Markup {
  const rows = [
    { label: 'this run', metrics, hash: repetition.transcriptHash },
    ...twins.map((twin) => ({ label: twin.label, metrics: twin.metrics, hash: twin.transcriptHash as string | null })),
  ]
  const probed = rows.some((row) => isMeasured(row.metrics.attack.successRate))
  return html`<div class="wide"><table>
<thead><tr><th>run</th><th class="number">mean</th><th class="number">worst peer</th><th class="number">best mean</th><th class="number">loss</th>${probed ? html`<th class="number">attack success</th>` : ''}<th class="number">consensus distance</th><th>transcript</th></tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr><td>${row.label}</td><td class="number">${percent(row.metrics.accuracy.mean)}</td><td class="number">${percent(row.metrics.accuracy.worst)}</td><td class="number">${percent(row.metrics.accuracy.best)}</td><td class="number">${figure(row.metrics.loss.mean)}</td>${probed ? html`<td class="number">${percent(row.metrics.attack.successRate)}</td>` : ''}<td class="number">${figure(row.metrics.consensus.distance)}</td><td><code>${row.hash?.slice(0, 12) ?? '–'}</code></td></tr>`,
  )}</tbody>
</table></div>`
}

/** Every option with its value and meaning. */
export function parametersTable(experiment: Experiment): Markup {
  return html`<div class="wide"><table>
<thead><tr><th>option</th><th>value</th><th>meaning</th></tr></thead>
<tbody>${parameterRows(experiment).map(
    (row) =>
      html`<tr><td class="path"><code>${row.path}</code></td><td class="value">${row.value}</td><td class="dim">${row.description}</td></tr>`,
  )}</tbody>
</table></div>`
}

/** Versions and machine, with nested keys joined by dots. */
export function environmentTable(environment: Environment): Markup {
  return html`<div class="wide"><table><tbody>${flatten(environment, '').map(
    ([key, value]) => html`<tr><td class="path"><code>${key}</code></td><td class="value">${value}</td></tr>`,
  )}</tbody></table></div>`
}

function flatten(value: EnvironmentValue, path: string): (readonly [string, string])[] {
  if (value === null || typeof value !== 'object') return [[path, value === null ? '–' : String(value)]]
  if (Array.isArray(value) && value.every((item) => item === null || typeof item !== 'object')) {
    return [[path, value.map(String).join(', ')]]
  }
  const keys = Object.keys(value)
  if (keys.length > 0 && keys.every((key) => /^\d+$/.test(key))) return [[path, byPeer(value as Environment)]]
  return Object.entries(value).flatMap(([key, inner]: [string, EnvironmentValue]) =>
    flatten(inner, path === '' ? key : `${path}.${key}`),
  )
}

/** Peers grouped by value: `wasm: 0 to 6; tfjs-webgpu: 7`. */
function byPeer(values: Environment): string {
  const groups = groupBy(Object.entries(values), ([, value]) => String(value))
  return [...groups].map(([value, entries]) => `${value}: ${ranges(entries.map(([peer]) => Number(peer)))}`).join('; ')
}

/** `0 to 6, 9`. */
function ranges(numbers: readonly number[]): string {
  const runs: [number, number][] = []
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = runs.at(-1)
    if (last && last[1] === number - 1) last[1] = number
    else runs.push([number, number])
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${from} to ${to}`)).join(', ')
}
