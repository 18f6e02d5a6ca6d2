import { parquetWriteBuffer } from 'hyparquet-writer'
import type { SweepPlan } from './results.ts'
import type { Sample } from './samples.ts'

/** A column of an exported table; null is a value that was not measured. */
export interface Column {
  readonly name: string
  readonly type: 'STRING' | 'DOUBLE' | 'INT32'
  readonly data: readonly (string | number | null)[]
}

/** `results`: one row for each run, with its axes, seed, verdict, metrics and folder. */
export function resultColumns(plan: SweepPlan, samples: readonly Sample[]): Column[] {
  const metrics = [...new Set(samples.flatMap((sample) => [...sample.metrics.keys()]))]
  return told([
    ...placeColumns(plan, samples),
    text(
      'verdict',
      samples.map(({ summary }) => summary.verdict.kind),
    ),
    ...metrics.map(
      (metric): Column =>
        number(
          metric,
          samples.map((sample) => sample.metrics.get(metric)),
        ),
    ),
    number(
      'wallMs',
      samples.map(({ summary }) => summary.wallMs),
    ),
    text(
      'folder',
      samples.map(({ run }) => run.folder),
    ),
    text(
      'experimentId',
      samples.map(({ run }) => run.experimentId),
    ),
    text(
      'transcriptHash',
      samples.map(({ summary }) => summary.repetition.transcriptHash),
    ),
  ])
}

/** `curves`, in long form: one row for each run, evaluated round and metric; rounds count from 1, as in the figures. */
export function curveColumns(plan: SweepPlan, samples: readonly Sample[]): Column[] {
  const rows = samples.flatMap((sample) => {
    const { curves, consensus } = sample.summary
    const series = [
      ['accuracy.mean', curves.rounds, curves.accuracyMean],
      ['accuracy.worst', curves.rounds, curves.accuracyWorst],
      ['accuracy.p10', curves.rounds, curves.accuracyP10],
      ['loss.mean', curves.rounds, curves.lossMean],
      ['attack.successRate', curves.attackSuccess ? curves.rounds : [], curves.attackSuccess ?? []],
      ['seconds', curves.seconds ? curves.rounds : [], curves.seconds ?? []],
      ['consensus.distance', consensus.map(({ round }) => round), consensus.map(({ distance }) => distance)],
    ] as const
    return series.flatMap(([metric, rounds, values]) =>
      rounds.map((round, i) => ({ sample, metric, round: round + 1, value: values[i] })),
    )
  })
  return told([
    ...placeColumns(
      plan,
      rows.map(({ sample }) => sample),
    ),
    { name: 'round', type: 'INT32', data: rows.map(({ round }) => round) },
    text(
      'metric',
      rows.map(({ metric }) => metric),
    ),
    number(
      'value',
      rows.map(({ value }) => value),
    ),
  ])
}

/** An axis may have the name of a metric (`attack.z`): the metric is then `attack.z (measured)`. */
function told(columns: readonly Column[]): Column[] {
  return columns.map((column, i) => {
    const taken = columns.slice(0, i).some(({ name }) => name === column.name)
    return taken ? { ...column, name: `${column.name} (measured)` } : column
  })
}

function placeColumns(plan: SweepPlan, samples: readonly Sample[]): Column[] {
  return [
    ...plan.axes.map(({ name }) =>
      text(
        name,
        samples.map(({ coordinates }) => coordinates[name] ?? null),
      ),
    ),
    { name: 'seed', type: 'INT32', data: samples.map(({ seed }) => seed) },
  ]
}

function text(name: string, data: readonly (string | null)[]): Column {
  return { name, type: 'STRING', data }
}

function number(name: string, data: readonly (number | null | undefined)[]): Column {
  return { name, type: 'DOUBLE', data: data.map((value) => (Number.isFinite(value) ? (value as number) : null)) }
}

/** CSV of RFC 4180 with line feeds: a header, then the rows; null is an empty cell. */
export function toCsv(columns: readonly Column[]): string {
  const rows = Math.max(0, ...columns.map(({ data }) => data.length))
  const lines = [columns.map(({ name }) => quoted(name)).join(',')]
  for (let i = 0; i < rows; i++) lines.push(columns.map(({ data }) => quoted(data[i] ?? '')).join(','))
  return `${lines.join('\n')}\n`
}

function quoted(value: string | number): string {
  const plain = String(value)
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}

export function toParquet(columns: readonly Column[]): Uint8Array {
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: columns.map(({ name, type, data }) => ({ name, type, data: [...data], nullable: true })),
      createdBy: 'hearsay',
    }),
  )
}
