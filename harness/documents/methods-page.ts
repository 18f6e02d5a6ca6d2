import { preAggregators, rules } from '#aggregation/registry.ts'
import { attacks } from '#attacks/registry.ts'
import { partitions } from '#learning/partitions/registry.ts'
import { topologies } from '#topology/registry.ts'
import { definitions } from './definitions.ts'
import { generatedNotice } from './markdown.ts'
import {
  attacksTable,
  datasetsTable,
  modelsTable,
  partitionsTable,
  preAggregatorsTable,
  presetsTable,
  rulesTable,
  schedulesTable,
  topologiesTable,
} from './method-tables.ts'

/** docs/methods.md: every method, data set, model and preset, with its source. */
export function methodsPage(): string {
  const up = '../'
  return `${generatedNotice}

# Methods

Every method, data set, model and preset, as \`npx hearsay list KIND\` prints them. Each name of a method links to the
file that defines it. The definitions below each table give the formula, the source with section, the cost, and the
choices where sources differ. [experiment.md](experiment.md) explains the parameters.

## Aggregation rules

A rule computes one vector from n vectors: the peer's own and those of its neighbours (the closed neighbourhood). f is
the number of Byzantine vectors that the rule is told to tolerate; d is the length of a vector. Costs are for one peer
and one round.

${rulesTable(up)}

${definitions(rules, 'aggregation/rules', up)}

## Pre-aggregators

They change the vectors before the rule: \`aggregation: { name: krum, f: 1, before: [{ name: nnm, f: 1 }] }\`. They run
left to right.

${preAggregatorsTable(up)}

${definitions(preAggregators, 'aggregation/pre-aggregators', up)}

## Attacks

Byzantine peers train like honest peers, share their honest vectors, and send crafted vectors instead. The option
\`knowledge\` limits what an attack sees: \`colluders\` (the colluders' own honest vectors), \`neighbourhood\` (also the
updates of their neighbours) or \`omniscient\` (all honest vectors; only in simulations). Every attack also takes
\`knowledge\`, \`delivery\` and \`rushing\`. Needs and costs are those of one crafted vector of length d, from m known ones.

${attacksTable(up)}

${definitions(attacks, 'attacks/methods', up)}

## Topologies

\`npx hearsay topology show FILE\` prints the graph of an experiment: its spectral gap, the Byzantine neighbours of each
honest peer, and the f that each rule tolerates there. \`--svg FILE\` draws the graph, \`--json\` prints every figure.

- Random graphs take a \`seed\`, and \`peers.placementSeed\` places the Byzantine peers, so that graphs can be crossed with
  trainings. A graph that is not connected is refused.
- \`weights\` chooses the mixing matrix.
- In time-varying topologies the neighbours differ by round. A swarm wires the links of all rounds; for \`epidemic\` these
  are soon almost the complete graph. Gossip dissemination, commitments and the gradient exchange are refused.
- A file of edges has one edge for each line: two peer indices and optionally a mixing weight. GraphML of NetworkX or
  igraph is read too, with the \`weight\` of its edges.

${topologiesTable(up)}

${definitions(topologies, 'topology/topologies', up)}

## Data sets

${datasetsTable()}

## Partitions

${partitionsTable(up)}

${definitions(partitions, 'learning/partitions', up)}

## Learning-rate schedules

${schedulesTable(up)}

## Models

${modelsTable(up)}

## Presets

${presetsTable(up)}
`
}
