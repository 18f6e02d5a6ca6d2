import type { Edge } from '#topology/topology.ts'
import { layoutGraph, type Point } from '../drawing/layout.ts'

export interface TopologyFigure {
  readonly n: number
  readonly edges: readonly Edge[]
  readonly byzantine: readonly number[]
  /** Side of the square drawing in CSS pixels, without the legend below; 480. */
  readonly size?: number
  /** The result of `layoutGraph`, if already computed. */
  readonly layout?: readonly Point[]
}

/** Maximum number of drawn edges: more would add megabytes to a page and blacken the picture. */
const maxEdges = 4000

/** k, if every k-th edge is drawn: 1 up to 4000 edges, else an even sample of at most 4000. */
export function edgeStride(edges: number): number {
  return Math.max(1, Math.ceil(edges / maxEdges))
}

/** Blue and vermillion of Okabe and Ito: distinct for colour-blind readers, and light against dark in grey print. */
export const colours = { ink: '#1f2933', link: '#8a94a0', honest: '#0072b2', pale: '#e8f2f9', byzantinePeer: '#c24e00' }

/**
 * The graph as an SVG document: honest peers are pale circles, Byzantine peers dark diamonds, and the edges of
 * Byzantine peers dashed. The background is white, for print and dark pages. It has no ids, so one page can hold
 * several.
 */
export function drawTopology({
  n,
  edges,
  byzantine,
  size = 480,
  layout = layoutGraph(n, edges),
}: TopologyFigure): string {
  const { radius, at } = placePeers(layout, size)
  const byzantinePeers = new Set(byzantine)
  const legendHeight = 34
  const label = `${n} peers, ${edges.length} edges; ${byzantinePeers.size === 0 ? 'no Byzantine peer' : `Byzantine: ${byzantine.join(', ')}`}`
  const faint = edges.length > 40 * n ? 0.15 : edges.length > 4 * n ? 0.4 : 0.9
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size + legendHeight}" width="${size}" height="${size + legendHeight}" role="img" aria-label="${label}" font-family="system-ui, sans-serif">`,
    `<title>${label}</title>`,
    `<rect width="100%" height="100%" rx="6" fill="#fff"/>`,
    `<g stroke-width="${radius < 7 ? 0.6 : 1.5}" stroke-opacity="${faint}">`,
    ...edges
      .filter((_, i) => i % edgeStride(edges.length) === 0)
      .map(([a, b]) => line(at[a]!, at[b]!, byzantinePeers.has(a) || byzantinePeers.has(b))),
    '</g>',
    ...at.map((point, peer) => mark(point, radius, byzantinePeers.has(peer), String(peer), `peer ${peer}`)),
    ...legend(size, byzantinePeers.size, n),
    '</svg>',
    '',
  ].join('\n')
}

/** Positions and radius of the marks of a layout in a square of `size` pixels. */
export function placePeers(layout: readonly Point[], size: number): { readonly radius: number; readonly at: Point[] } {
  const radius = Math.max(3, Math.min(15, nearestPair(layout) * size * 0.36, size / 12))
  const margin = radius * 1.5 + 6
  const at = layout.map(({ x, y }) => ({
    x: round(margin + x * (size - 2 * margin)),
    y: round(margin + y * (size - 2 * margin)),
  }))
  return { radius, at }
}

function line(a: Point, b: Point, atByzantinePeer: boolean): string {
  const stroke = atByzantinePeer
    ? `stroke="${colours.byzantinePeer}" stroke-dasharray="5 3"`
    : `stroke="${colours.link}"`
  return `<line x1="${a.x}" y1="${a.y}" x2="${b.x}" y2="${b.y}" ${stroke}/>`
}

/** One peer, with its number if the mark is large enough. */
export function mark({ x, y }: Point, radius: number, byzantinePeer: boolean, text: string, title: string): string {
  const role = byzantinePeer ? 'Byzantine' : 'honest'
  const reach = round(radius * 1.35)
  const shape = byzantinePeer
    ? `<path d="M${x} ${round(y - reach)}L${round(x + reach)} ${y}L${x} ${round(y + reach)}L${round(x - reach)} ${y}Z" fill="${colours.byzantinePeer}" stroke="#fff"/>`
    : `<circle cx="${x}" cy="${y}" r="${round(radius)}" fill="${colours.pale}" stroke="${colours.honest}" stroke-width="2"/>`
  const number =
    radius < 7
      ? ''
      : `<text x="${x}" y="${y}" dy="0.35em" text-anchor="middle" font-size="${round(radius * (text.length > 2 ? 0.75 : 0.9))}" font-weight="600" fill="${byzantinePeer ? '#fff' : colours.ink}">${text}</text>`
  return `<g><title>${title}, ${role}</title>${shape}${number}</g>`
}

function legend(size: number, byzantinePeers: number, n: number): string[] {
  const y = size + 14
  const entry = (x: number, byzantinePeer: boolean, text: string) => [
    mark({ x, y }, 6, byzantinePeer, '', 'legend'),
    `<text x="${x + 14}" y="${y}" dy="0.35em" font-size="13" fill="${colours.ink}">${text}</text>`,
  ]
  const honest = entry(size / 2 - (byzantinePeers > 0 ? 100 : 35), false, `${n - byzantinePeers} honest`)
  return byzantinePeers > 0 ? [...honest, ...entry(size / 2 + 20, true, `${byzantinePeers} Byzantine`)] : honest
}

/** The minimum distance of two points of the layout; 1 for fewer than two points. */
function nearestPair(points: readonly Point[]): number {
  let least = 1
  points.forEach((a, i) => {
    for (let j = i + 1; j < points.length; j++) {
      least = Math.min(least, Math.hypot(a.x - points[j]!.x, a.y - points[j]!.y))
    }
  })
  return least
}

/** To a hundredth of a pixel. */
export function round(value: number): number {
  return Math.round(value * 100) / 100
}
