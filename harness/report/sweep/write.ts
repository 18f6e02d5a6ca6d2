import { join } from 'node:path'
import type { SweepResults } from '../../sweep/results.ts'
import { writeWhole } from '../write.ts'

/** Writes what a sweep folder shows of its finished runs: `runs.csv`, a line for each cell and seed. */
export async function writeSweepReport(folder: string, { plan, finished }: SweepResults): Promise<void> {
  const names = plan.axes.map(({ name }) => name)
  const head = [...names, 'seed', 'accuracy.mean', 'accuracy.worst', 'accuracy.best', 'loss.mean', 'folder']
  const rows = finished.map(({ run, summary: { metrics } }) => [
    ...names.map((name) => plan.cells[run.cell]?.coordinates[name] ?? ''),
    run.seed,
    metrics.accuracy.mean,
    metrics.accuracy.worst,
    metrics.accuracy.best,
    metrics.loss.mean,
    run.folder,
  ])
  writeWhole(join(folder, 'runs.csv'), [head, ...rows].map((row) => `${row.map(quoted).join(',')}\n`).join(''))
}

function quoted(value: string | number): string {
  const text = String(value)
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
