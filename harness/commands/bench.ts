import { cpus } from 'node:os'
import { defineCommand } from 'citty'
import Table from 'cli-table3'
import { nodeEngines } from '#node/compute/engine.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { benchAggregation, repeats, type ShapeTimings, shapes } from '../bench/aggregation.ts'
import { benchTraining, describeTask } from '../bench/training.ts'
import { checkArguments, wholeNumber } from './arguments.ts'

const args = {
  kind: { type: 'positional', description: 'aggregation | training', required: true },
  json: { type: 'boolean', description: 'Print the timings as JSON' },
  rounds: {
    type: 'string',
    description:
      'How often each method or engine runs (default: 3; small aggregations ten times as often); the shortest time counts',
  },
} as const

export const bench = defineCommand({
  meta: {
    name: 'bench',
    description:
      'Time every aggregation rule at two sizes, or a training step of every model on every available engine, on one thread',
  },
  args,
  async run({ args: { kind, json, rounds }, rawArgs }) {
    checkArguments(rawArgs, args)
    if (kind !== 'aggregation' && kind !== 'training') {
      throw new InputError(`${kind}: there is no such benchmark; known: aggregation, training`)
    }
    const times = wholeNumber(rounds, 'rounds', 1, 1000) ?? 3
    const { timings, text } = kind === 'aggregation' ? await aggregation(times) : await training(times)
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
    process.stdout.write(json ? `${JSON.stringify({ machine: machine(), ...timings }, null, 2)}\n` : text)
  },
})

/** Shows the measurement in progress, on a terminal only. */
function watch(what: string, name: string, round: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${what}: round ${round + 1}, ${name}`)
}

function machine() {
  return { processor: cpus()[0]?.model ?? 'unknown', node: process.version }
}

async function aggregation(rounds: number) {
  const timings: ShapeTimings[] = []
  for (const shape of shapes) {
    const size = `n=${shape.n}, d=${shape.d}`
    timings.push(await benchAggregation(shape, rounds * repeats(shape), (name, round) => watch(size, name, round)))
  }
  return { timings: { shapes: timings }, text: timings.map(shapeText).join('\n') }
}

function shapeText({ n, d, f, readMs, methods }: ShapeTimings): string {
  const table = new Table({ head: ['method', 'ms', 'x read', ''], style: { head: [], border: [] } })
  for (const method of methods) {
    table.push(
      'ms' in method
        ? [method.name, method.ms.toFixed(2), (method.ms / readMs).toFixed(1), '']
        : [method.name, '-', '-', method.refusal],
    )
  }
  return `n=${n}, d=${d}, f=${f}; one read of the input: ${readMs.toFixed(2)} ms\n${table}\n`
}

async function training(rounds: number) {
  const timings = await benchTraining(nodeEngines, rounds, watch)
  const running = timings.engines.filter((engine) => !('refusal' in engine))
  const table = new Table({
    head: ['ms', 'parameters', ...running.map(({ engine }) => engine)],
    style: { head: [], border: [] },
  })
  for (const task of timings.tasks) {
    const cells = task.engines.map((timing) => ('ms' in timing ? milliseconds(timing.ms) : '-'))
    table.push([describeTask(task), task.parameters, ...cells])
  }
  const notes = timings.engines.flatMap((engine) => {
    if ('refusal' in engine) return [`${engine.engine} is not measured: ${engine.refusal}`]
    return engine.adapter ? [`${engine.engine}: ${engine.adapter}`] : []
  })
  return { timings, text: `${table}\n${notes.map((note) => `${note}\n`).join('')}` }
}

const milliseconds = (ms: number): string => (ms < 100 ? ms.toPrecision(3) : ms.toFixed(0))
