import * as z from 'zod'
import { rowsOf } from '#protocol/loading/help.ts'
import type { SchemaNode } from '#protocol/loading/issues.ts'
import { aggregateRequest } from './aggregate.ts'
import { craftRequest } from './craft.ts'

const filters = {
  aggregate: {
    request: aggregateRequest,
    answer: '{"output":[..]}, with a "state" for rules with memory; {"outputs":[[..],..]} with "rule":null',
    example:
      '{"rule":{"name":"krum","f":1},"before":[{"name":"nnm","f":1}],"inputs":[[1,8],[2,9],[3,9],[2,8],[90,10]]}',
    names: 'hearsay list rules',
  },
  craft: {
    request: craftRequest,
    answer: '{"output":[..],"z":..}, with a "trace" for searches; output is null if the attack sends nothing',
    example: '{"attack":{"name":"little-is-enough","z":1.5},"honest":[[1,2],[3,4]],"n":8,"m":2}',
    names: 'hearsay list attacks',
  },
}

/** The part of `hearsay aggregate --help` and `hearsay craft --help` on requests: keys, answer, example. */
export function filterHelp(name: keyof typeof filters): string {
  const { request, answer, example, names } = filters[name]
  const node = z.toJSONSchema(request, { io: 'input' }) as SchemaNode
  const rows = rowsOf(node, '')
  const width = Math.max(...rows.map(([key]) => key.length))
  return [
    'Each line on stdin is a JSON object; each gets one line on stdout. Keys of a line:',
    '',
    ...rows.map(([key, text]) => `  ${key.padEnd(width)}  ${text}${node.required?.includes(key) ? '; required' : ''}`),
    '',
    `Answer: ${answer}.`,
    'A refused line gets {"error":".."}, and the exit code is 2. The strings NaN, Infinity and -Infinity stand for',
    'numbers that JSON lacks.',
    '',
    `  echo '${example}' | hearsay ${name}`,
    '',
    `Names: ${names}. Parameters: docs/experiment.md. An example for each: docs/filters.md.`,
  ].join('\n')
}
