import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Analysis, analyse } from '#report/sweep/analysis.ts'
import { curveColumns, resultColumns, toCsv, toParquet } from '#report/sweep/exports.ts'
import { renderSweepReport } from '#report/sweep/html.ts'
import type { TestedHypothesis } from '#report/sweep/hypotheses.ts'
import { overSeeds } from '#report/sweep/published.ts'
import type { SweepResults } from '#report/sweep/results.ts'
import { createLosses } from '../store/losses.ts'
import { writeWhole } from '../store/write-whole.ts'

export interface WrittenReport {
  /** Path of report.html. */
  readonly path: string
  readonly hypotheses: readonly TestedHypothesis[]
  /** The content of `results.json`. */
  readonly results: SweepReport
  /** The files that could not be written, with the reasons. */
  readonly lost: readonly string[]
}

/** The content of `results.json`: all numbers of the report; an unmeasured one is null. */
export type SweepReport = ReturnType<typeof resultsJson>

/**
 * Writes the report of a sweep into its folder: `report.html`, every figure as `figures/NAME.svg`, `results.csv` and
 * `results.parquet` (a row for each run), `curves.csv` and `curves.parquet` (long form), `results.json`. Each file
 * appears whole or not at all; figures of an earlier report are removed. `say` receives a line for the first file that
 * cannot be written.
 */
export function writeSweepReport(
  folder: string,
  results: SweepResults,
  say: (line: string) => void = () => {},
): WrittenReport {
  const analysis = analyse(results)
  const losses = createLosses(say)
  const write = (path: string, content: string | Uint8Array): void =>
    losses.attempt(path, () => writeWhole(path, content))
  const figures = join(folder, 'figures')
  const drawn = [...analysis.figures, ...analysis.forests, ...analysis.beside]
  losses.attempt(figures, () => {
    mkdirSync(figures, { recursive: true })
    for (const file of readdirSync(figures)) {
      if (ours.test(file) && !drawn.some(({ name }) => file === `${name}.svg`))
        rmSync(join(figures, file), { force: true })
    }
  })
  for (const { name, svg } of drawn) write(join(figures, `${name}.svg`), `${svg}\n`)
  const { usable, broken } = analysis.samples
  const tables = {
    results: resultColumns(results.plan, [...usable, ...broken]),
    curves: curveColumns(results.plan, usable),
  }
  for (const [name, columns] of Object.entries(tables)) {
    write(join(folder, `${name}.csv`), toCsv(columns))
    write(join(folder, `${name}.parquet`), toParquet(columns))
  }
  const content = resultsJson(results, analysis)
  write(join(folder, 'results.json'), `${JSON.stringify(content, null, 1)}\n`)
  const report = join(folder, 'report.html')
  write(report, renderSweepReport(results, analysis))
  return { path: report, hypotheses: analysis.hypotheses, results: content, lost: losses.list() }
}

/** File names of the figures of a sweep. */
const ours = /^(\d\d-|hypotheses-|published-).*\.svg$/

/** All numbers of the report; an unmeasured one is null. */
function resultsJson({ plan, missing }: SweepResults, { samples, findings, hypotheses, comparisons }: Analysis) {
  return {
    name: plan.name,
    question: plan.question,
    findings,
    cells: plan.cells.map(({ coordinates, changes }, i) => {
      const runs = samples.usable.filter((sample) => sample.run.cell === i)
      const metrics = [...new Set(runs.flatMap((run) => [...run.metrics.keys()]))]
      return {
        coordinates,
        changes,
        metrics: Object.fromEntries(metrics.map((metric) => [metric, overSeeds(runs, metric)])),
      }
    }),
    hypotheses: hypotheses.map(({ hypothesis, ...tested }) => ({ ...hypothesis, ...tested })),
    published: comparisons.map(({ published, ...compared }) => ({ ...published, ...compared })),
    runs: samples.usable.map(({ run, metrics }) => ({ ...run, metrics: Object.fromEntries(metrics) })),
    broken: samples.broken.map(({ run, summary }) => ({ ...run, verdict: summary.verdict.kind })),
    missing,
  }
}
