import { DOMParser } from 'linkedom'
import type { GivenEdge } from '#topology/topologies/from-file.ts'
import { requireWellFormed } from './well-formed.ts'

/** The part of an XML element that this file reads. */
interface Element {
  getAttribute(name: string): string | null
  querySelectorAll(selector: string): Iterable<Element>
  readonly textContent: string | null
}

/**
 * The edges of a GraphML document (http://graphml.graphdrawing.org), as NetworkX, igraph and yEd write it. The `weight`
 * attribute of an edge is its mixing weight, above 0 and at most 1. Throws RangeError for text that is not well-formed
 * XML, such as a truncated file, and unless there is exactly one graph. Also for directed edges, hyperedges, loops,
 * double edges, and edges to unknown nodes.
 * Choices: the digits in the node ids number the peers (`n0`, `5`) if they are 0 to n - 1. Otherwise the peers have the
 * order of the document.
 */
export function parseGraphml(text: string): GivenEdge[] {
  requireWellFormed(text)
  const document = new DOMParser().parseFromString(text, 'text/xml') as unknown as Element
  const [graph, ...more] = [...document.querySelectorAll('graph')]
  if (!graph) throw new RangeError('GraphML has no <graph>')
  if (more.length > 0) throw new RangeError(`GraphML holds ${more.length + 1} graphs; one is needed`)
  if ([...graph.querySelectorAll('hyperedge')].length > 0)
    throw new RangeError('GraphML has hyperedges; only edges between two nodes are allowed')
  const index = numbered([...graph.querySelectorAll('node')].map((node) => node.getAttribute('id') ?? ''))
  const weightKey = [...document.querySelectorAll('key')].find(
    (key) => key.getAttribute('attr.name') === 'weight' && key.getAttribute('for') !== 'node',
  )
  const directed = graph.getAttribute('edgedefault') === 'directed'
  const seen = new Set<string>()
  const edges = [...graph.querySelectorAll('edge')].map((edge): GivenEdge => {
    const ends = [edge.getAttribute('source'), edge.getAttribute('target')] as const
    const what = `GraphML edge ${ends[0]} to ${ends[1]}`
    const [a, b] = ends.map((id) => index.get(id ?? ''))
    if (a === undefined || b === undefined)
      throw new RangeError(`${what}: no node has the id ${ends[a === undefined ? 0 : 1]}`)
    if ((edge.getAttribute('directed') ?? String(directed)) === 'true') {
      throw new RangeError(`${what} is directed; updates travel both ways, so write edgedefault="undirected"`)
    }
    if (a === b) throw new RangeError(`${what} joins a peer to itself`)
    const [low, high] = a < b ? [a, b] : [b, a]
    if (seen.has(`${low}-${high}`)) throw new RangeError(`${what} occurs twice`)
    seen.add(`${low}-${high}`)
    const given = [...edge.querySelectorAll('data')].find(
      (data) => data.getAttribute('key') === weightKey?.getAttribute('id'),
    )
    if (!weightKey || !given) return [low, high]
    const weight = Number(given.textContent?.trim() || Number.NaN)
    if (!(weight > 0 && weight <= 1)) {
      throw new RangeError(`${what}: a mixing weight must be above 0 and at most 1, got ${given.textContent?.trim()}`)
    }
    return [low, high, weight]
  })
  if (edges.length === 0) throw new RangeError('GraphML holds no edge')
  return edges.sort((x, y) => x[0] - y[0] || x[1] - y[1])
}

function numbered(ids: readonly string[]): ReadonlyMap<string, number> {
  const twice = ids.find((id, i) => ids.indexOf(id) !== i)
  if (twice !== undefined) throw new RangeError(`GraphML has two nodes with id "${twice}"`)
  const digits = ids.map((id) => Number(/^\D*(\d{1,9})$/.exec(id)?.[1] ?? Number.NaN))
  const all = new Set(digits)
  const fits = all.size === ids.length && digits.every((number) => number < ids.length)
  return new Map(ids.map((id, i) => [id, fits ? digits[i]! : i]))
}
