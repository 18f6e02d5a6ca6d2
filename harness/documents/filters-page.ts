import { z } from 'zod'
import type { SchemaNode } from '#protocol/loading/schema-guide.ts'
import { aggregateLine, aggregateRequest } from '../filters/aggregate.ts'
import { craftLine, craftRequest } from '../filters/craft.ts'
import { attackExamples, type Example, preAggregatorExamples, ruleExamples } from '../filters/examples.ts'
import { keysTable } from './keys-table.ts'
import { generatedNotice } from './markdown.ts'

/** docs/filters.md: what the filters read and answer, with a line for every rule, pre-aggregator and attack. */
export function filtersPage(): string {
  return `${generatedNotice}

# The filters

\`hearsay aggregate\` and \`hearsay craft\` answer JSON lines, so that any framework can be checked against the rules and
attacks here. One JSON object a line comes in on stdin, one line goes out for it, in the same order and as soon as
it is known:

\`\`\`sh
echo '{"rule":{"name":"trimmed-mean","f":1},"inputs":[[1,8],[2,9],[90,10]]}' | npx hearsay aggregate
echo '{"attack":{"name":"little-is-enough","z":1.5},"honest":[[1,2],[3,4]],"n":8,"m":2}' | npx hearsay craft
\`\`\`

- Numbers are rounded to 32 bits on the way in and out, as in a run; what becomes of them between is in
  [methods.md](methods.md), and the parameters of each method are in [experiment.md](experiment.md). Numbers that JSON
  lacks are the strings \`NaN\`, \`Infinity\` and \`-Infinity\`: they may come out, and a vector that holds one is refused
  on the way in, as from any peer.
- What cannot be answered is \`{"error":".."}\` in its place: no JSON, an empty line, a key twice, unknown keys or names, missing or wrong
  values, rows of unequal length, n too small for f. The lines after it are answered, and the exit code is 2.
- Lines end with a line feed, or a carriage return and a line feed. They may be as long as half a gigabyte; memory is that of
  some lines, however many there are. Nothing is remembered from one line to the next.

## hearsay aggregate

${table(aggregateRequest)}

The answer is \`{"output":[..]}\`, the aggregate; with \`"rule":null\` it is \`{"outputs":[[..],..]}\`, what the pre-aggregators
make of the inputs. \`{"output":[..],"state":[..]}\` comes from a rule that remembers more than its output: send the state
back with the next round's inputs. Of \`centered-clipping\` the output is the state. Where \`weights\` are left out and a
\`bucketing\` stands before the rule, its buckets count alike, the short last one too, as in ByzFL; with \`weights\` each input's
weight goes to its bucket, as in a run.

A line for every rule:

${lines(ruleExamples(), aggregateLine)}

And for every pre-aggregator, alone; with a rule they stand in \`before\` all the same, and run left to right:

${lines(preAggregatorExamples(), aggregateLine)}

## hearsay craft

${table(craftRequest)}

The answer is \`{"output":[..]}\`, the crafted vector, or \`null\` where the Byzantine peer sends nothing; with \`z\`, the factor that was
used, where the attack has one, and with \`trace\`, every factor that a search tried and its gain, where it searched.

- \`honest\` are by default what the colluders themselves would have sent honestly, the setting of the attacks' papers: \`knowledge\`
  in \`attack\` widens it. Frameworks that attack from all honest vectors (ByzFL, Blades) are matched by giving them as
  \`honest\`, whatever the level.
- A search (\`z: optimised\`, \`tau: optimised\`, \`t: optimised\`) needs the victim's rule in \`aggregation\`, its
  pre-aggregators in \`before\`, and n = rows of \`honest\` + m, or the missing honest vectors are drawn. It runs in 64-bit numbers, as in other frameworks, for every rule and
  pre-aggregator of ByzFL (in 32 bits, as in a run, for the others): where the gain is nearly flat, 32 bits choose the
  factor by chance.
- \`dissensus\` and \`spectral\` need \`victim\` and the graph: \`edges\`, its last m peers being the Byzantine peers, or the complete
  graph of n = rows of \`honest\` + m peers. The weights are Metropolis-Hastings.

A line for every attack:

${lines(attackExamples(), craftLine)}

## Other people's names

What ByzFL and the code of the papers on graphs call these methods, and where they differ on purpose, is in
[test/vectors](../test/vectors/README.md).
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
