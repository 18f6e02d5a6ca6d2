import { forceLink, forceManyBody, forceSimulation, type SimulationLinkDatum, type SimulationNodeDatum } from 'd3-force'
import { distancesFrom, isConnected, neighbourLists } from '#topology/graph.ts'
import type { Edge } from '#topology/topology.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

/**
 * Maximum number of peers for springs between all pairs; with more, only edges are springs, and peers repel each other.
 */
const allPairs = 150

/**
 * Positions of n peers in the unit square (n points). The same graph gives the same picture.
 *
 * Sparse graphs: springs with a length of the hops between two peers (Kamada and Kawai 1989), relaxed by d3-force from
 * a circle and from d3's spiral; the result with the smaller stress is taken. Dense graphs and graphs of fewer than
 * four peers: a circle.
 */
export function layoutGraph(n: number, edges: readonly Edge[]): Point[] {
  if (n < 4 || edges.length > (n * (n - 1)) / 4) return fitted(neighbourhoodOf(n))
  const neighbours = neighbourLists(n, edges)
  if (n > allPairs || !isConnected(neighbours)) return fitted(repelling(n, edges))
  const hops = neighbours.map((_, i) => distancesFrom(neighbours, i))
  const [fromCircle, fromSpiral] = [relaxed(neighbourhoodOf(n), hops), relaxed(undefined, hops)]
  // The circle keeps the order of the peers, so it is preferred if its stress is at most 2 % higher.
  return fitted(stress(fromCircle, hops) <= stress(fromSpiral, hops) * 1.02 ? upright(fromCircle) : fromSpiral)
}

type Node = SimulationNodeDatum

/** Peer 0 at the top, the others clockwise. */
function neighbourhoodOf(n: number): Point[] {
  return Array.from({ length: n }, (_, i) => {
    const angle = (2 * Math.PI * i) / Math.max(n, 1) - Math.PI / 2
    return { x: n * Math.cos(angle), y: n * Math.sin(angle) }
  })
}

/** d3-force over springs between all pairs, with d3's fixed random source. */
function relaxed(start: readonly Point[] | undefined, hops: readonly (readonly number[])[]): Point[] {
  const nodes: Node[] = hops.map((_, i) => ({ ...start?.[i] }))
  const links: (SimulationLinkDatum<Node> & { length: number })[] = []
  hops.forEach((row, i) => {
    for (let j = i + 1; j < row.length; j++) links.push({ source: i, target: j, length: row[j]! })
  })
  const springs = forceLink<Node, (typeof links)[number]>(links)
    .distance((link) => link.length * 30)
    .strength((link) => 1 / (link.length * link.length * Math.sqrt(nodes.length)))
  forceSimulation(nodes).force('springs', springs).alphaDecay(0.01).stop().tick(400)
  return nodes.map(place)
}

function repelling(n: number, edges: readonly Edge[]): Point[] {
  const nodes: Node[] = Array.from({ length: n }, () => ({}))
  const links = edges.map(([source, target]) => ({ source, target }))
  // d3's own number of ticks takes seconds for a thousand peers, without a visible difference.
  const ticks = n > 400 ? 90 : 300
  forceSimulation(nodes)
    .alphaDecay(1 - 0.001 ** (1 / ticks))
    .force('edges', forceLink(links).distance(30).strength(0.7))
    .force('apart', forceManyBody().strength(-60))
    .stop()
    .tick(ticks)
  return nodes.map(place)
}

function place({ x = 0, y = 0 }: Node): Point {
  return { x, y }
}

/** Sum over pairs of (drawn distance / hops - 1)^2 at the scale that minimises it. */
function stress(points: readonly Point[], hops: readonly (readonly number[])[]): number {
  const ratios: number[] = []
  points.forEach((a, i) => {
    for (let j = i + 1; j < points.length; j++) {
      ratios.push(Math.hypot(a.x - points[j]!.x, a.y - points[j]!.y) / hops[i]![j]!)
    }
  })
  const squares = ratios.reduce((sum, ratio) => sum + ratio * ratio, 0)
  const scale = ratios.reduce((sum, ratio) => sum + ratio, 0) / (squares || 1)
  return ratios.reduce((sum, ratio) => sum + (ratio * scale - 1) ** 2, 0)
}

/** Rotates the points about their centre so that peer 0 is at the top. */
function upright(points: readonly Point[]): Point[] {
  const centre = { x: mean(points.map(({ x }) => x)), y: mean(points.map(({ y }) => y)) }
  const top = points[0]!
  const turn = -Math.PI / 2 - Math.atan2(top.y - centre.y, top.x - centre.x)
  return points.map(({ x, y }) => ({
    x: (x - centre.x) * Math.cos(turn) - (y - centre.y) * Math.sin(turn),
    y: (x - centre.x) * Math.sin(turn) + (y - centre.y) * Math.cos(turn),
  }))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Scales the points into the unit square and centres them, with equal proportions. */
function fitted(points: readonly Point[]): Point[] {
  const xs = points.map(({ x }) => x)
  const ys = points.map(({ y }) => y)
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  const size = Math.max(right - left, bottom - top) || 1
  return points.map(({ x, y }) => ({
    x: 0.5 + (x - (left + right) / 2) / size,
    y: 0.5 + (y - (top + bottom) / 2) / size,
  }))
}
