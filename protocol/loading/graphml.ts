import { DOMParser } from 'linkedom'
import type { GivenEdge } from '#topology/topologies/from-file.ts'

/** What is read of an element of an XML document. */
interface Element {
  getAttribute(name: string): string | null
  querySelectorAll(selector: string): Iterable<Element>
  readonly textContent: string | null
}

/**
 * The edges in a GraphML document (http://graphml.graphdrawing.org), as NetworkX, igraph and yEd write it. An edge's
 * mixing weight is its `weight` attribute. Throws RangeError where it is not such a document, for a directed graph, for
 * hyperedges, for loops, for double edges and for ends that are no nodes.
 * Choices: peers are numbered by the digits in their ids where those are 0 to n - 1 (`n0`, `5`), else in the order of
 * the document.
 */
export function parseGraphml(text: string): GivenEdge[] {
  const document = new DOMParser().parseFromString(text, 'text/xml') as unknown as Element
  const [graph, ...more] = [...document.querySelectorAll('graph')]
  if (!graph) throw new RangeError('GraphML has no <graph>')
  if (more.length > 0) throw new RangeError(`GraphML holds ${more.length + 1} graphs; one is needed`)
  if ([...graph.querySelectorAll('hyperedge')].length > 0)
    throw new RangeError('GraphML has hyperedges; edges are needed')
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
    if (a === undefined || b === undefined) throw new RangeError(`${what}: an end is no node`)
    if ((edge.getAttribute('directed') ?? String(directed)) === 'true') {
      throw new RangeError(`${what} is directed; updates travel both ways, so edgedefault="undirected" is needed`)
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
      throw new RangeError(`${what}: a mixing weight is above 0 and at most 1, got ${given.textContent?.trim()}`)
    }
    return [low, high, weight]
  })
  if (edges.length === 0) throw new RangeError('GraphML holds no edge')
  return edges.sort((x, y) => x[0] - y[0] || x[1] - y[1])
}

function numbered(ids: readonly string[]): ReadonlyMap<string, number> {
  const twice = ids.find((id, i) => ids.indexOf(id) !== i)
  if (twice !== undefined) throw new RangeError(`GraphML has two nodes of id "${twice}"`)
  const digits = ids.map((id) => Number(/^\D*(\d{1,9})$/.exec(id)?.[1] ?? Number.NaN))
  const all = new Set(digits)
  const fits = all.size === ids.length && digits.every((number) => number < ids.length)
  return new Map(ids.map((id, i) => [id, fits ? digits[i]! : i]))
}
