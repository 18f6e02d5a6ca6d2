import type { Point } from '../drawing/layout.ts'
import { escapeHtml, html, type Markup, trusted } from '../drawing/markup.ts'
import type { InfluenceRounds, Summary } from '../summary/summary.ts'
import { count, percent } from '../summary/wording.ts'
import { colours, mark, placePeers, round } from './topology-figure.ts'

const size = 520
const quiet = '#5c5c5c'

/** Strokes of half edges, by the influence of the vector divided by an equal share, 1 / (degree + 1). */
const levels = [
  { name: 'trimmed away', above: Number.NEGATIVE_INFINITY, width: 1.8, dash: '1.5 3.5' },
  { name: 'less than half of an equal share', above: 0.02, width: 1.8, dash: undefined },
  { name: 'about an equal share', above: 0.5, width: 3.6, dash: undefined },
  { name: 'more', above: 1.5, width: 6.5, dash: undefined },
] as const

/**
 * Influence on the edges of the graph. The half edge next to an honest peer shows the influence of the neighbour on
 * that peer: wider is more. Half edges from Byzantine peers are vermillion and dashed. The drawing holds every step and
 * shows the last; a style sheet alone can show another. Null if the summary has no `influenceRounds`.
 */
export function trimmingFigure(summary: Summary, layout: readonly Point[]): string | null {
  const { influenceRounds: data, peers, edges } = summary
  if (!data) return null
  const { radius, at } = placePeers(layout, size)
  const byzantinePeers = new Set(peers.filter((peer) => peer.role === 'byzantine').map((peer) => peer.peer))
  const degrees = new Map(peers.map((peer) => [peer.peer, peer.neighbours.length]))
  const steps = data.rounds.map((number, i) => step(data, i, number, { at, radius, byzantinePeers, degrees }))
  const rows = legendRows(!data.liarsOnly, byzantinePeers.size > 0)
  const height = size + 46 + (rows.length + 1) * 22
  const label = `Influence after round ${(data.rounds.at(-1) ?? 0) + 1}: ${lineOf(data, data.rounds.length - 1, byzantinePeers, degrees)}`
  const drawn = edges.slice(0, 3000)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${height}" width="${size}" height="${height}" role="img" aria-label="${escapeHtml(label)}" font-family="system-ui, sans-serif">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<path d="${drawn.map(([a, b]) => `M${at[a]?.x} ${at[a]?.y}L${at[b]?.x} ${at[b]?.y}`).join('')}" stroke="#d8d8d8" stroke-width="0.8" fill="none"/>`,
    `<g class="steps">${steps.join('')}</g>`,
    ...at.map((point, peer) => mark(point, radius, byzantinePeers.has(peer), String(peer), `peer ${peer}`)),
    ...legend(rows, size + 40),
    '</svg>',
  ].join('\n')
}

interface Drawing {
  readonly at: readonly Point[]
  readonly radius: number
  readonly byzantinePeers: ReadonlySet<number>
  readonly degrees: ReadonlyMap<number, number>
}

function step(
  data: InfluenceRounds,
  i: number,
  number: number,
  { at, radius, byzantinePeers, degrees }: Drawing,
): string {
  const paths = new Map<string, string>()
  for (const { peer, from, shares } of data.edges) {
    const share = shares[i]
    const [to, source] = [at[peer], at[from]]
    if (share === null || share === undefined || !to || !source) continue
    const level = levels.findLastIndex(({ above }) => share * ((degrees.get(peer) ?? 0) + 1) > above)
    const key = `${byzantinePeers.has(from) ? 'byzantine' : 'honest'} ${level}`
    paths.set(key, (paths.get(key) ?? '') + half(source, to, radius))
  }
  const drawn = [...paths]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, d]) => {
      const [role, level] = key.split(' ')
      return `<path d="${d}" ${strokeOf(role === 'byzantine', Number(level))}/>`
    })
  const caption = `<text x="${size / 2}" y="${size + 14}" text-anchor="middle" font-size="13" fill="${colours.ink}">round ${number + 1}: ${lineOf(data, i, byzantinePeers, degrees)}</text>`
  return `<g class="step"${i === data.rounds.length - 1 ? '' : ' display="none"'}>${drawn.join('')}${caption}</g>`
}

/** The path from the middle of an edge to the rim of the peer at its end. */
function half(from: Point, to: Point, radius: number): string {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1
  const share = Math.max(0.5, 1 - (radius + 2) / length)
  const x = (s: number): number => round(from.x + (to.x - from.x) * s)
  const y = (s: number): number => round(from.y + (to.y - from.y) * s)
  return `M${x(0.5)} ${y(0.5)}L${x(share)} ${y(share)}`
}

function strokeOf(byzantinePeer: boolean, level: number): string {
  const { width, dash } = levels[level] ?? levels[0]
  const pattern = dash ?? (byzantinePeer ? '7 2.5' : undefined)
  return `fill="none" stroke="${byzantinePeer ? colours.byzantinePeer : colours.honest}" stroke-width="${width}"${pattern ? ` stroke-dasharray="${pattern}"` : ''}`
}

/** `9 of 14 Byzantine vectors trimmed, mean influence 3.1 %`. */
function lineOf(
  { edges }: InfluenceRounds,
  i: number,
  byzantinePeers: ReadonlySet<number>,
  degrees: ReadonlyMap<number, number>,
): string {
  const fromByzantine = edges.flatMap(({ peer, from, shares }) => {
    const share = shares[i]
    return byzantinePeers.has(from) && share !== null && share !== undefined
      ? [{ share, fair: 1 / ((degrees.get(peer) ?? 0) + 1) }]
      : []
  })
  if (fromByzantine.length === 0)
    return byzantinePeers.size === 0 ? 'no Byzantine peers' : 'no Byzantine vector arrived'
  const trimmed = fromByzantine.filter(({ share, fair }) => share / fair <= levels[1].above).length
  return `${trimmed} of ${count(fromByzantine.length, 'Byzantine vector')} trimmed, mean influence ${percent(fromByzantine.reduce((sum, { share }) => sum + share, 0) / fromByzantine.length)}`
}

type LegendRow = readonly { readonly byzantinePeer: boolean; readonly level: number; readonly text: string }[]

function legendRows(honest: boolean, fromByzantine: boolean): LegendRow[] {
  return [0, 1, 2, 3].map((level) => {
    const text = levels[level]?.name ?? ''
    return [
      ...(honest ? [{ byzantinePeer: false, level, text }] : []),
      ...(fromByzantine ? [{ byzantinePeer: true, level, text }] : []),
    ]
  })
}

function legend(rows: readonly LegendRow[], top: number): string[] {
  const text = (x: number, y: number, content: string) =>
    `<text x="${x}" y="${y}" dy="0.35em" font-size="12.5" fill="${quiet}">${content}</text>`
  return [
    ...(rows[0] ?? []).map(({ byzantinePeer }, i) => text(90 + i * 70, top, byzantinePeer ? 'Byzantine' : 'honest')),
    ...rows.flatMap((row, k) => {
      const y = top + (k + 1) * 22
      const lines = row.map(
        ({ byzantinePeer, level }, i) => `<path d="M${90 + i * 70} ${y}h50" ${strokeOf(byzantinePeer, level)}/>`,
      )
      return [...lines, text(90 + row.length * 70, y, row.at(-1)?.text ?? '')]
    }),
  ]
}

/** The figure with its slider of radio buttons: arrow keys move it without a script, and print shows the last round. */
export function trimmingSlider(svg: string, { rounds }: InfluenceRounds): Markup {
  return html`<div class="rounds" role="radiogroup" aria-label="Round"><span class="dim">round</span>${rounds.map(
    (number, i) =>
      html`<input type="radio" name="round" id="round-${i}"${trusted(i === rounds.length - 1 ? ' checked' : '')}><label for="round-${i}">${number + 1}</label>`,
  )}${trusted(svg)}</div>`
}
