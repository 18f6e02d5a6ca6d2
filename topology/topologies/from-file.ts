import * as z from 'zod'
import { compareEdges, distancesFrom, neighbourLists } from '../graph.ts'
import { defineTopology, type Edge } from '../topology.ts'

/** An edge as given: two peer indices from 0, and its mixing weight if the graph has weights. */
export type GivenEdge = readonly [number, number] | readonly [number, number, number]

/**
 * A graph given edge by edge: as a list in the experiment, as a file with one edge per line, or as GraphML.
 * Choices: the harness reads `file` and replaces it by its edges, so that the experiment alone describes the run. A
 * graph that is not connected is refused, because its parts would be separate experiments. Edge weights hold in both
 * directions; the rest to 1 belongs to the peer itself, so the matrix is doubly stochastic.
 */
export const fromFile = defineTopology({
  name: 'from-file',
  summary: 'A graph given edge by edge, in a file or in the experiment',
  parameters: {
    edges: z
      .array(
        z.union([
          z.tuple([z.int().min(0), z.int().min(0)]),
          z.tuple([z.int().min(0), z.int().min(0), z.number().positive().max(1)]),
        ]),
      )
      .optional()
      .describe('Edges as pairs of peer indices from 0; an optional third number is the mixing weight'),
    file: z
      .string()
      .min(1)
      .optional()
      .describe(
        'A file with one edge per line (two peer indices and optionally a weight), or .graphml; its content replaces `edges`',
      ),
  },
  edges({ edges: given, file }, n) {
    if (!given) {
      throw new RangeError(
        file === undefined
          ? 'from-file needs edges: [[0, 1], ...] or file: PATH, got neither'
          : `from-file has not read ${file}: replace file by its edges first`,
      )
    }
    const seen = new Set<number>()
    const edges = given.map(([a, b]): Edge => {
      const edge: Edge = a < b ? [a, b] : [b, a]
      const problem = fault(edge, seen.has(edge[0] * n + edge[1]), n)
      if (problem) throw new RangeError(`from-file: edge [${a}, ${b}] ${problem}`)
      seen.add(edge[0] * n + edge[1])
      return edge
    })
    const unreached = distancesFrom(neighbourLists(n, edges), 0).indexOf(Infinity)
    if (unreached >= 0) {
      throw new RangeError(`from-file needs a connected graph: no path leads from peer 0 to peer ${unreached}, n=${n}`)
    }
    return edges.sort(compareEdges)
  },
  weights: {
    name: 'from-file',
    of({ edges: given = [] }, n, edges) {
      const weights = new Map(given.map(([a, b, weight]) => [Math.min(a, b) * n + Math.max(a, b), weight]))
      const known = edges.map(([a, b]) => weights.get(a * n + b))
      if (known.every((weight) => weight === undefined)) return undefined
      return known.map((weight, k) => {
        if (weight !== undefined) return weight
        throw new RangeError(
          `from-file: edge [${edges[k]?.join(', ')}] has no weight; give all edges a weight, or none`,
        )
      })
    },
  },
})

function fault([a, b]: Edge, repeated: boolean, n: number): string | undefined {
  if (a === b) return 'joins a peer to itself'
  if (b >= n) return `is out of range: peers are 0 to ${n - 1}`
  return repeated ? 'occurs twice' : undefined
}

/**
 * Edges in the text of an edge list. Each line holds two peer indices and optionally a weight, separated by spaces,
 * tabs, a comma or a semicolon. `#` or `%` starts a comment; empty lines are skipped. Throws RangeError with the line
 * number for any other text, a loop or a repeated edge. The range of peer indices is checked against n later.
 */
export function parseEdgeList(text: string): GivenEdge[] {
  const lineOf = new Map<string, number>()
  const edges: GivenEdge[] = []
  for (const [i, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = raw
      .replace(/^\uFEFF/, '')
      .replace(/[#%].*$/, '')
      .trim()
    if (line === '') continue
    const fields = /^(\d{1,9})(?:\s*[,;]\s*|\s+)(\d{1,9})(?:(?:\s*[,;]\s*|\s+)([\d.eE+-]+))?$/.exec(line)
    if (!fields) {
      throw new RangeError(`edge list, line ${i + 1}: needs two peer indices such as "0 1", got "${line.slice(0, 60)}"`)
    }
    const a = Number(fields[1])
    const b = Number(fields[2])
    if (a === b) throw new RangeError(`edge list, line ${i + 1}: joins peer ${a} to itself`)
    const edge: Edge = a < b ? [a, b] : [b, a]
    const earlier = lineOf.get(edge.join('-'))
    if (earlier !== undefined) {
      throw new RangeError(`edge list, line ${i + 1}: edge ${edge[0]} ${edge[1]} is already on line ${earlier}`)
    }
    lineOf.set(edge.join('-'), i + 1)
    const weight = Number(fields[3])
    if (fields[3] !== undefined && !(weight > 0 && weight <= 1)) {
      throw new RangeError(`edge list, line ${i + 1}: a weight is above 0 and at most 1, got ${fields[3]}`)
    }
    edges.push(fields[3] === undefined ? edge : [...edge, weight])
  }
  if (edges.length === 0) throw new RangeError('edge list needs at least one edge, got none')
  return edges.sort((x, y) => x[0] - y[0] || x[1] - y[1])
}
