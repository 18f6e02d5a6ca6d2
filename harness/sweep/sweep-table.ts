import Table from 'cli-table3'
import { percent } from '#report/summary/wording.ts'
import type { SweepResults } from '#report/sweep/results.ts'
import { cellName } from './cells.ts'

/** If a sweep has more axes than this, they share a column, so that the table fits a terminal. */
const maxColumns = 4

/** A row for each cell: its labels, how many of its runs are finished, accuracy over the seeds. */
export function sweepTable({ plan, finished }: SweepResults): string {
  const names = plan.axes.map(({ name }) => name)
  const wide = names.length > maxColumns
  const table = new Table({
    head: [...(wide ? ['cell'] : names), 'runs', 'accuracy', 'best', 'worst peer'],
    style: { head: [], border: [] },
  })
  plan.cells.forEach((planned, cell) => {
    const runs = finished.filter(({ run }) => run.cell === cell)
    const metrics = runs.map(({ summary }) => summary.metrics.accuracy)
    const starved = runs.filter(({ summary }) => summary.verdict.kind === 'honest peers starved').length
    table.push([
      ...(wide ? [cellName(planned)] : names.map((name) => planned.coordinates[name] ?? '')),
      `${metrics.length} of ${plan.seeds.length}${starved > 0 ? `, ${starved} starved` : ''}`,
      percent(mean(metrics.map((accuracy) => accuracy.mean))),
      percent(mean(metrics.map((accuracy) => accuracy.best))),
      percent(metrics.length === 0 ? null : Math.min(...metrics.map((accuracy) => accuracy.worst))),
    ])
  })
  return table.toString()
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
