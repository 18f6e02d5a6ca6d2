import type { Experiment } from '#protocol/experiment/schema.ts'
import type { DescribedTopology } from '#report/graph/topology.ts'
import type { GraphCondition } from '#report/graph/topology-margins.ts'

/** Maximum number of peers in the table; `--json` prints all. */
const maxRows = 60

/** The output of `hearsay topology show`: the graph in numbers, the peers, and how much each rule tolerates there. */
export function topologyText(experiment: Experiment, data: DescribedTopology): string {
  const parts = [summary(experiment, data), peersTable(data), rulesTable(data)]
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function summary({ name, topology, peers, exchange }: Experiment, data: DescribedTopology): string[] {
  const parameters = Object.entries(topology)
    .filter(([key, value]) => key !== 'name' && key !== 'edges' && value !== undefined)
    .map(([key, value]) => `${key} ${String(value)}`)
  const { degree, byzantine, n, edges, rounds, period } = data
  const placement = typeof peers.placement === 'string' ? peers.placement : 'list'
  const pairs = (n * (n - 1)) / 2
  const rows: [string, string][] = [
    ['topology', [topology.name, ...parameters].join(', ')],
    ['peers', `${n}: ${n - byzantine.length} honest, ${byzantine.length} Byzantine`],
  ]
  if (rounds) {
    rows.push([
      'changes',
      period === null
        ? `every round draws its own graph; ${rounds.length} rounds examined`
        : `repeats after ${period} rounds`,
    ])
    rows.push(['edges', `${spread(rounds.map((round) => round.length))} a round`])
    rows.push([
      'links to wire',
      `${edges.length} of ${pairs} pairs${edges.length > pairs / 2 ? '; a real swarm opens them all' : ''}`,
    ])
  } else rows.push(['edges', String(edges.length)])
  rows.push(
    [
      'degree',
      degree.min === degree.max ? String(degree.min) : `${degree.min} to ${degree.max}, mean ${figure(degree.mean)}`,
    ],
    ['diameter', `${data.diameter} ${data.diameter === 1 ? 'hop' : 'hops'}${rounds ? ' over the links' : ''}`],
    [
      rounds ? 'contraction a round' : 'spectral gap',
      rounds && data.spectralGap.all === null
        ? `not computed ${data.doublyStochastic ? 'above 300 peers' : 'for weights that are not doubly stochastic'}`
        : ofBoth(data.spectralGap),
    ],
    ['algebraic connectivity', ofBoth(data.algebraicConnectivity)],
  )
  if (!data.doublyStochastic) {
    rows.push(['weights', 'only row-stochastic: peers with many neighbours weigh more in the consensus'])
  }
  if (byzantine.length > 0) {
    rows.push(['Byzantine', `${listed(byzantine)} (${placement})`])
    rows.push(['Byzantine weight', `at most ${figure(data.deltaMax)} at an honest peer (delta_max)`])
    rows.push([
      'honest peers',
      data.honestConnected ? 'connected without the Byzantine peers' : 'not connected without the Byzantine peers',
    ])
  }
  rows.push(['rule', exchange === 'none' ? 'none: each peer trains alone' : data.rule], ['tolerance', tolerance(data)])
  const width = Math.max(...rows.map(([key]) => key.length)) + 2
  return [name, ...rows.map(([key, value]) => `  ${key.padEnd(width)}${value}`)]
}

function ofBoth({ all, honest }: DescribedTopology['spectralGap']): string {
  return `${figure(all)} of all, ${figure(honest)} of the honest graph`
}

/** Whether any honest peer has more Byzantine neighbours than its rule tolerates. */
function tolerance({ peers, rule, declaresF }: DescribedTopology): string {
  const honest = peers.filter(({ role }) => role === 'honest')
  if (!declaresF) {
    const worst = honest.reduce((most, peer) => (peer.byzantine > most.byzantine ? peer : most))
    return `${rule} has no f; at most ${worst.byzantine} of ${worst.neighbours.length + 1} vectors are Byzantine (peer ${worst.peer})`
  }
  const over = honest.filter(({ margin }) => margin < 0)
  if (over.length === 0) return 'no honest peer has more Byzantine neighbours than its rule tolerates'
  return `${over.length} of ${honest.length} honest peers have more Byzantine neighbours than their rule tolerates: ${listed(over.map(({ peer }) => peer))}`
}

/** One line for each peer. Byzantine peers have no b, f or margin. */
function peersTable({ peers, declaresF, rounds }: DescribedTopology): string[] {
  const head = [
    'peer',
    'role',
    'b',
    'weight of b',
    'f',
    'f - b',
    rounds ? 'neighbours in the worst round' : 'neighbours',
  ]
  // If there are too many, the honest peers with the smallest margins come first.
  const chosen =
    peers.length <= maxRows
      ? peers
      : peers
          .filter(({ role }) => role === 'honest')
          .sort((a, b) => a.margin - b.margin || b.byzantineWeight - a.byzantineWeight || a.peer - b.peer)
          .slice(0, maxRows / 4)
  const rows = chosen.map(({ peer, role, neighbours, byzantine, byzantineWeight, f, margin }) =>
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
  const lines = table(head, rows, [1, 6])
  return chosen.length < peers.length
    ? [...lines, `(the ${chosen.length} with the smallest margins of ${peers.length}; --json prints all)`]
    : lines
}

/** Rules with the same tolerance share a line. Below the table: the conditions that papers on gossip rules state. */
function rulesTable({ rules, byzantine }: DescribedTopology): string[] {
  const byzantinePeers = byzantine.length > 0
  const groups = new Map<string, { cells: string[]; names: string[] }>()
  for (const { rule, most, everywhere, worst, over } of rules) {
    if (most === null) continue
    const cells = [
      most.max < 0 ? 'none' : spread([Math.max(most.min, 0), most.max]),
      everywhere === null || everywhere < 0 ? 'none' : String(everywhere),
      worst === null || !byzantinePeers ? '-  ' : worst < 0 ? `${worst} !` : `${worst}  `,
      over.length === 0 ? '-' : over.length > 6 ? `${over.length} peers` : over.join(' '),
    ]
    const group = groups.get(cells.join('|')) ?? { cells, names: [] }
    groups.set(cells.join('|'), group)
    group.names.push(rule)
  }
  const rows = [...groups.values()].flatMap(({ cells, names }) =>
    wrapped(names, 64).map((line, k) => [...(k === 0 ? cells : ['', '', '', '']), line]),
  )
  const without = rules.filter(({ most }) => most === null).map(({ rule }) => rule)
  return [
    'What each rule tolerates here, with the maximum f at each honest peer:',
    ...table(['f at most', 'one f for all', 'f - b', 'too many Byzantine peers at', 'rules'], rows, [3, 4]),
    ...wrapped(without, 92).map((line, k) => (k === 0 ? `without an f: ${line}` : `              ${line}`)),
    ...conditions(rules, byzantinePeers),
  ]
}

function conditions(rules: DescribedTopology['rules'], byzantinePeers: boolean): string[] {
  const byText = new Map<string, string[]>()
  for (const { rule, condition } of rules) {
    const text = condition && conditionText(condition, byzantinePeers)
    if (text) byText.set(text, [...(byText.get(text) ?? []), rule])
  }
  return [...byText].map(([text, names]) => `${names.join(', ')}: ${text}`)
}

function conditionText({ name, value, bound, source }: GraphCondition, byzantinePeers: boolean): string {
  if (bound === null)
    return byzantinePeers ? `${name} = ${figure(value)}; the error grows in proportion (${source})` : ''
  if (!byzantinePeers) return `tolerates a Byzantine weight below mu_2 / 2 = ${figure(bound / 2)} (${source})`
  const holds = value < bound
  return `2b = ${figure(value)} is ${holds ? 'below' : 'not below'} mu_2 = ${figure(bound)}, ${holds ? 'within' : 'beyond'} the bound (${source})${holds ? '' : ' !'}`
}

/** Words joined by commas, in lines of at most `width` characters. */
function wrapped(words: readonly string[], width: number): string[] {
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length + 2 <= width) lines[lines.length - 1] = `${last}, ${word}`
    else {
      if (last !== undefined) lines[lines.length - 1] = `${last},`
      lines.push(word)
    }
  }
  return lines
}

function table(head: readonly string[], rows: readonly (readonly string[])[], left: readonly number[]): string[] {
  const widths = head.map((title, k) => Math.max(title.length, ...rows.map((row) => row[k]!.length)))
  return [head, ...rows].map((row) =>
    row
      .map((cell, k) => (left.includes(k) ? cell.padEnd(widths[k]!) : cell.padStart(widths[k]!)))
      .join('  ')
      .trimEnd(),
  )
}

function spread(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return least === most ? String(least) : `${least} to ${most}`
}

/** The first twelve peers, and how many more there are. */
function listed(peers: readonly number[]): string {
  return peers.length > 12 ? `${peers.slice(0, 12).join(', ')} and ${peers.length - 12} more` : peers.join(', ')
}

function figure(value: number | null): string {
  if (value === null) return 'too close to others to compute'
  const size = Math.abs(value)
  // The gap of a long ring is small but not zero. Below 1e-9 it is rounding noise of an eigenvalue.
  return size > 1e-9 && size < 0.01 ? value.toPrecision(2) : (size > 1e-9 ? value : 0).toFixed(3)
}
