import { cpus } from 'node:os'
import { defineCommand } from 'citty'
import Table from 'cli-table3'
import { benchAggregation, repeats, type ShapeTimings, shapes } from '../bench/aggregation.ts'
import { InputError } from '../experiment/input-error.ts'
import { checkArguments, wholeNumber } from './arguments.ts'

const args = {
  kind: { type: 'positional', description: 'aggregation', required: true },
  json: { type: 'boolean', description: 'Print the timings as JSON' },
  rounds: {
    type: 'string',
    description: 'How often each method runs; ten times as often at the small size; the least time counts (3)',
  },
} as const

export const bench = defineCommand({
  meta: { name: 'bench', description: 'Time every aggregation rule at two sizes, on one thread' },
  args,
  run({ args: { kind, json, rounds }, rawArgs }) {
    checkArguments(rawArgs, args)
    if (kind !== 'aggregation') throw new InputError(`${kind}: there is no such benchmark; known: aggregation`)
    const times = wholeNumber(rounds, 'rounds', 1, 1000) ?? 3
    const timings = shapes.map((shape) =>
      benchAggregation(shape, times * repeats(shape), watch(`n=${shape.n}, d=${shape.d}`)),
    )
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
    process.stdout.write(json ? `${JSON.stringify({ machine: machine(), shapes: timings }, null, 2)}\n` : text(timings))
  },
})

/** Tells a terminal what runs now. */
function watch(size: string): (name: string, round: number) => void {
  return (name, round) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${size}: round ${round + 1}, ${name}`)
  }
}

function machine() {
  return { processor: cpus()[0]?.model ?? 'unknown', node: process.version }
}

function text(timings: readonly ShapeTimings[]): string {
  return timings
    .map(({ n, d, f, readMs, methods }) => {
      const table = new Table({ head: ['method', 'ms', 'x read', ''], style: { head: [], border: [] } })
      for (const method of methods) {
        table.push(
          'ms' in method
            ? [method.name, method.ms.toFixed(2), (method.ms / readMs).toFixed(1), '']
            : [method.name, '-', '-', method.refusal],
        )
      }
      return `n=${n}, d=${d}, f=${f}; one read of the input: ${readMs.toFixed(2)} ms\n${table}\n`
    })
    .join('\n')
}
