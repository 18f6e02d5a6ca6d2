import * as z from 'zod'
import type { SchemaNode } from '#protocol/loading/issues.ts'
import { aggregateLine, aggregateRequest } from '../filters/aggregate.ts'
import { craftLine, craftRequest } from '../filters/craft.ts'
import { attackExamples, type Example, preAggregatorExamples, ruleExamples } from '../filters/examples.ts'
import { keysTable } from './keys-table.ts'
import { generatedNotice } from './markdown.ts'

/** docs/filters.md: requests and answers of the filters, with an example for every rule, pre-aggregator and attack. */
export function filtersPage(): string {
  return `${generatedNotice}

# The filters

\`hearsay aggregate\` and \`hearsay craft\` answer JSON lines, so that any framework can be compared with our rules and
attacks. Each line on stdin is one JSON object. Its answer is one line on stdout, in the same order and without delay:

\`\`\`sh
echo '{"rule":{"name":"trimmed-mean","f":1},"inputs":[[1,8],[2,9],[90,10]]}' | npx hearsay aggregate
echo '{"attack":{"name":"little-is-enough","z":1.5},"honest":[[1,2],[3,4]],"n":8,"m":2}' | npx hearsay craft
\`\`\`

- Numbers are rounded to 32 bits in requests and answers, as in a run. [methods.md](methods.md) defines the methods;
  [experiment.md](experiment.md) lists their parameters.
- The strings \`NaN\`, \`Infinity\` and \`-Infinity\` stand for numbers that JSON lacks. Answers may contain them. A request
  with one in a vector is refused, as an update of a peer would be.
- The answer to a wrong line is \`{"error":".."}\`. Wrong are: no JSON, an empty line, a duplicate key, unknown keys or
  names, missing or wrong values, rows of unequal length, n too small for f. Later lines are still answered, and the
  exit code is 2.
- Lines end with LF or CRLF and may be half a gigabyte long. Memory does not grow with the number of lines. Each line is
  independent of the others.

## hearsay aggregate

${table(aggregateRequest)}

The answer is \`{"output":[..]}\`, the aggregate. With \`"rule":null\` it is \`{"outputs":[[..],..]}\`, the output of the
pre-aggregators.

- A rule with memory answers \`{"output":[..],"state":[..]}\`: send the state with the inputs of the next round. For
  \`centered-clipping\` the output is the state.
- Without \`weights\`, the buckets of \`bucketing\` have equal weights, the short last one too, as in ByzFL. With \`weights\`,
  a bucket has the summed weight of its inputs, as in a run.

An example for every rule:

${lines(ruleExamples(), aggregateLine)}

An example for every pre-aggregator, without a rule. With a rule, pre-aggregators are in \`before\` too and run left to
right:

${lines(preAggregatorExamples(), aggregateLine)}

## hearsay craft

${table(craftRequest)}

The answer is \`{"output":[..]}\`, the crafted vector; the output is \`null\` if the Byzantine peer sends nothing. The
answer of an attack with a factor has it as \`z\`. The answer of a search has a \`trace\`: every factor that it tried, with
its gain.

- \`honest\` holds by default the colluders' own honest vectors, as in the papers. \`knowledge\` in \`attack\` widens it. To
  match frameworks that attack from all honest vectors (ByzFL, Blades), give all of them as \`honest\`, at any level.
- A search (\`z: optimised\`, \`tau: optimised\`, \`t: optimised\`) needs the victim's rule in \`aggregation\` and its
  pre-aggregators in \`before\`. It also needs n = rows of \`honest\` + m; otherwise the missing honest vectors are drawn.
- A search uses 64-bit numbers, as other frameworks do, for every rule and pre-aggregator of ByzFL, and 32-bit numbers,
  as in a run, for the others. With 32 bits and a nearly flat gain, the choice of the factor is random.
- \`dissensus\` and \`spectral\` need \`victim\` and the graph: \`edges\` with the Byzantine peers as the last m peers, or by
  default the complete graph of n = rows of \`honest\` + m peers. The weights are Metropolis-Hastings.

An example for every attack:

${lines(attackExamples(), craftLine)}

## Names in other frameworks

[test/vectors](../test/vectors/README.md) lists the names of these methods in ByzFL and in the papers' code on graphs,
and the intended differences.
`
}

function table(schema: z.ZodType): string {
  const node = z.toJSONSchema(schema, { io: 'input' }) as SchemaNode
  return keysTable(Object.entries(node.properties ?? {}), node.required)
}

/** Requests, each with its answer below it. */
function lines(examples: readonly Example[], answer: (request: unknown) => unknown): string {
  const pairs = examples.map(({ request }) => `${JSON.stringify(request)}\n  ${shortened(answer(request))}`)
  return `\`\`\`text\n${pairs.join('\n')}\n\`\`\``
}

function shortened(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 160 ? `${text.slice(0, 157)}...` : text
}
