import { z } from 'zod'
import { rowsOf } from '#protocol/loading/help.ts'
import type { SchemaNode } from '#protocol/loading/schema-guide.ts'
import { aggregateRequest } from './aggregate.ts'
import { craftRequest } from './craft.ts'

const filters = {
  aggregate: {
    request: aggregateRequest,
    answer: '{"output":[..]}, with a "state" of rules that remember; with "rule":null {"outputs":[[..],..]}',
    example:
      '{"rule":{"name":"krum","f":1},"before":[{"name":"nnm","f":1}],"inputs":[[1,8],[2,9],[3,9],[2,8],[90,10]]}',
    names: 'hearsay list rules',
  },
  craft: {
    request: craftRequest,
    answer: '{"output":[..],"z":..}, with a "trace" where z was searched; output null where nothing is sent',
    example: '{"attack":{"name":"little-is-enough","z":1.5},"honest":[[1,2],[3,4]],"n":8,"m":2}',
    names: 'hearsay list attacks',
  },
}

/** What `hearsay aggregate --help` and `hearsay craft --help` say of a line: its keys, the answer, an example. */
export function filterHelp(name: keyof typeof filters): string {
  const { request, answer, example, names } = filters[name]
  const node = z.toJSONSchema(request, { io: 'input' }) as SchemaNode
  const rows = rowsOf(node, '')
  const width = Math.max(...rows.map(([key]) => key.length))
  return [
    'One JSON object a line on stdin, one line out for each. Keys of a line:',
    '',
    ...rows.map(([key, text]) => `  ${key.padEnd(width)}  ${text}${node.required?.includes(key) ? '; required' : ''}`),
    '',
    `Answer: ${answer};`,
    '{"error":".."} where a line is refused, and then the exit code is 2. Numbers that JSON lacks are the strings NaN,',
    'Infinity and -Infinity.',
    '',
    `  echo '${example}' | hearsay ${name}`,
    '',
    `Names: ${names}. Their parameters: docs/experiment.md. A line for each of them: docs/filters.md.`,
  ].join('\n')
}
