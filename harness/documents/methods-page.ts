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

/** docs/methods.md: everything that an experiment can be made of, with its source. */
export function methodsPage(): string {
  const up = '../'
  return `${generatedNotice}

# Methods

Everything that an experiment can be made of, as \`npx hearsay list KIND\` prints it. Each name links to the one file
that defines it; below each table stand the definitions: formula, source with section, cost, and the choices made where
sources differ. Parameters are explained in [experiment.md](experiment.md).

## Aggregation rules

A rule makes one vector of n: the peer's own and those that it received, so n is the closed neighbourhood. f is how many
of them may lie; d is the length of a vector. Costs are for one peer and one round.

${rulesTable(up)}

${definitions(rules, 'aggregation/rules', up)}

## Pre-aggregators

They stand before a rule, \`aggregation: { name: krum, f: 1, before: [{ name: nnm, f: 1 }] }\`, and run left to right.

${preAggregatorsTable(up)}

${definitions(preAggregators, 'aggregation/pre-aggregators', up)}

## Attacks

Byzantine peers train like honest ones, tell each other their honest vectors, and send a crafted one instead. What they
may know is a contract: \`colluders\` (the colluders' own honest vectors), \`neighbourhood\` (also what their neighbours
sent them), \`omniscient\` (all honest vectors; simulation only). Every attack also takes \`knowledge\`, \`delivery\` and
\`rushing\`. Needs and costs are those of one crafted vector of length d, from m known ones.

${attacksTable(up)}

${definitions(attacks, 'attacks/methods', up)}

## Topologies

\`npx hearsay topology show FILE\` prints the graph of an experiment, its spectral gap, how many Byzantine peers stand beside each
honest peer, and what each rule bears there; \`--svg FILE\` draws it, \`--json\` has every figure. Random graphs take a
\`seed\` of their own, and \`peers.placementSeed\` one for the Byzantine peers, so that graphs can be crossed with trainings; what is
not connected is refused. \`weights\` chooses the mixing matrix. In the time-varying ones the neighbours differ by round: a
real swarm wires all the links of any round, which for \`epidemic\` is soon nearly the complete graph, and gossip
dissemination, commitments and the gradient exchange are refused.

A file of edges has one edge a line, two peer indices and maybe a mixing weight; GraphML of NetworkX or igraph is read too,
with the \`weight\` of its edges.

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
