import Table from 'cli-table3'
import type { Group } from '#report/comparison/groups.ts'
import { overSeeds } from '#report/sweep/published.ts'
import { withInterval } from '#report/sweep/wording.ts'

/** One row for each group, with its seeds and accuracies. */
export function comparisonTable(groups: readonly Group[]): string {
  const table = new Table({ head: ['', 'seeds', 'accuracy', 'best', 'worst peer'], style: { head: [], border: [] } })
  for (const { label, runs } of groups) {
    const over = (metric: string): string => withInterval(metric, overSeeds(runs, metric))
    table.push([label, runs.length, over('accuracy.mean'), over('accuracy.best'), over('accuracy.worst')])
  }
  return table.toString()
}
