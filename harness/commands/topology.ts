import type { Experiment } from '#protocol/experiment.ts'
import { diameter } from '#protocol/graph.ts'
import { mixingMatrix } from '#protocol/mixing.ts'
import { honestConnected } from '#protocol/placement.ts'
import { planOf } from '#protocol/plan.ts'
import { algebraicConnectivity, byzantineWeights, honestMixing, spectralGap } from '#protocol/spectrum.ts'
import type { Edge } from '#protocol/topologies/topology.ts'

/** One peer of a described topology. Weight and liars are of its closed neighbourhood, itself not counted. */
interface DescribedPeer {
  readonly peer: number
  readonly role: 'honest' | 'byzantine'
  readonly neighbours: readonly number[]
  /** b_i, Byzantine neighbours. */
  readonly byzantine: number
  /** delta_i, the Byzantine neighbours' share of the peer's mixing weights. */
  readonly byzantineWeight: number
  /** f_i, what the configured rule tolerates here, and f_i - b_i: below 0 there are more liars than that. */
  readonly f: number
  readonly margin: number
}

export interface DescribedTopology {
  readonly n: number
  readonly edges: readonly Edge[]
  readonly byzantine: readonly number[]
  readonly degree: { readonly min: number; readonly mean: number; readonly max: number }
  /** Hops. */
  readonly diameter: number
  /** 1 - |lambda_2| of the mixing matrix; of the honest peers with Byzantine weight on the diagonal. Null above 1000 peers. */
  readonly spectralGap: { readonly all: number | null; readonly honest: number | null }
  readonly algebraicConnectivity: number | null
  readonly honestConnected: boolean
  /** The configured rule with what stands before it. */
  readonly rule: string
  /** Whether the rule, or what stands before it, has an f to be compared with the liars. */
  readonly declaresF: boolean
  readonly peers: readonly DescribedPeer[]
}

/** Eigenvalues of more peers than this take longer than anybody waits for a description. */
const mostForSpectrum = 1000

/**
 * What `hearsay topology show` says of an experiment: its graph, its liars, and whether the configured rule
 * tolerates as many as each neighbourhood has. `data` holds what `drawTopology` draws.
 * Throws PlanError where the parts of the experiment do not fit each other.
 */
export function describeTopology(experiment: Experiment): { readonly text: string; readonly data: DescribedTopology } {
  const data = measure(experiment)
  return { text: `${[...summary(experiment, data), '', ...table(data)].join('\n')}\n`, data }
}

function measure(experiment: Experiment): DescribedTopology {
  const { n, edges, neighbours, byzantine, neighbourhoods } = planOf(experiment)
  const liars = new Set(byzantine)
  const weights = experiment.exchange === 'none' ? neighbours.map(() => 0) : byzantineWeights(n, edges, byzantine)
  const degrees = neighbours.map((list) => list.length)
  const small = n <= mostForSpectrum
  return {
    n,
    edges,
    byzantine,
    degree: { min: Math.min(...degrees), mean: (2 * edges.length) / n, max: Math.max(...degrees) },
    diameter: diameter(neighbours),
    spectralGap: {
      all: small ? spectralGap(mixingMatrix(n, edges)) : null,
      honest: small ? spectralGap(honestMixing(n, edges, byzantine)) : null,
    },
    algebraicConnectivity: small ? algebraicConnectivity(n, edges) : null,
    honestConnected: honestConnected(n, edges, byzantine),
    rule: neighbourhoods[0]!.rule.name,
    declaresF: 'f' in experiment.aggregation || experiment.aggregation.before.some((before) => 'f' in before),
    peers: neighbours.map((list, peer): DescribedPeer => {
      const { members, rule } = neighbourhoods[peer]!
      const count = members.filter((member) => member !== peer && liars.has(member)).length
      return {
        peer,
        role: liars.has(peer) ? 'byzantine' : 'honest',
        neighbours: list,
        byzantine: count,
        byzantineWeight: weights[peer]!,
        f: rule.f,
        margin: rule.f - count,
      }
    }),
  }
}

function summary({ name, topology, peers, exchange }: Experiment, data: DescribedTopology): string[] {
  const parameters = Object.entries(topology)
    .filter(([key]) => key !== 'name' && key !== 'edges')
    .map(([key, value]) => `${key} ${String(value)}`)
  const { degree, byzantine } = data
  const placement = typeof peers.placement === 'string' ? peers.placement : 'list'
  const rows: [string, string][] = [
    ['topology', [topology.name, ...parameters].join(', ')],
    ['peers', `${data.n}: ${data.n - byzantine.length} honest, ${byzantine.length} Byzantine`],
    ['edges', String(data.edges.length)],
    [
      'degree',
      degree.min === degree.max ? String(degree.min) : `${degree.min} to ${degree.max}, mean ${figure(degree.mean)}`,
    ],
    ['diameter', `${data.diameter} ${data.diameter === 1 ? 'hop' : 'hops'}`],
    ['spectral gap', `${figure(data.spectralGap.all)} of all, ${figure(data.spectralGap.honest)} of the honest graph`],
    ['algebraic connectivity', figure(data.algebraicConnectivity)],
  ]
  if (byzantine.length > 0) {
    rows.push(['Byzantine', `${listed(byzantine)} (${placement})`])
    rows.push([
      'honest peers',
      data.honestConnected ? 'connected without the liars' : 'not connected without the liars',
    ])
  }
  rows.push(['rule', exchange === 'none' ? 'none: each peer trains alone' : data.rule], ['tolerance', tolerance(data)])
  const width = Math.max(...rows.map(([key]) => key.length)) + 2
  return [name, ...rows.map(([key, value]) => `  ${key.padEnd(width)}${value}`)]
}

/** Whether any honest peer has more liars beside it than its rule tolerates. */
function tolerance({ peers, rule, declaresF }: DescribedTopology): string {
  const honest = peers.filter(({ role }) => role === 'honest')
  if (!declaresF) {
    const worst = honest.reduce((most, peer) => (peer.byzantine > most.byzantine ? peer : most))
    return `${rule} has no f; at most ${worst.byzantine} of ${worst.neighbours.length + 1} vectors are liars' (peer ${worst.peer})`
  }
  const over = honest.filter(({ margin }) => margin < 0)
  if (over.length === 0) return 'no honest peer has more liars beside it than its rule tolerates'
  return `${over.length} of ${honest.length} honest peers have more liars beside them than their rule tolerates: ${listed(over.map(({ peer }) => peer))}`
}

/** At most a dozen peers by name; the table has them all. */
function listed(peers: readonly number[]): string {
  return peers.length > 12 ? `${peers.slice(0, 12).join(', ')} and ${peers.length - 12} more` : peers.join(', ')
}

/** One line a peer; the margin of a Byzantine peer means nothing and is left out. */
function table({ peers, declaresF }: DescribedTopology): string[] {
  const head = ['peer', 'role', 'b', 'weight of b', 'f', 'f - b', 'neighbours']
  const rows = peers.map(({ peer, role, neighbours, byzantine, byzantineWeight, f, margin }) =>
    role === 'byzantine'
      ? [String(peer), 'Byzantine', '', '', '', '', neighbours.join(' ')]
      : [
          String(peer),
          'honest',
          String(byzantine),
          figure(byzantineWeight),
          declaresF ? String(f) : '-',
          !declaresF ? '-  ' : margin < 0 ? `${margin} !` : `${margin}  `,
          neighbours.join(' '),
        ],
  )
  const widths = head.map((title, k) => Math.max(title.length, ...rows.map((row) => row[k]!.length)))
  const left = new Set([1, 6])
  return [head, ...rows].map((row) =>
    row
      .map((cell, k) => (left.has(k) ? cell.padEnd(widths[k]!) : cell.padStart(widths[k]!)))
      .join('  ')
      .trimEnd(),
  )
}

function figure(value: number | null): string {
  if (value === null) return `not computed above ${mostForSpectrum} peers`
  const size = Math.abs(value)
  // Gaps of long rings are small but not nothing; rounding noise of an eigenvalue is.
  return size > 1e-9 && size < 0.01 ? value.toPrecision(2) : (size > 1e-9 ? value : 0).toFixed(3)
}
