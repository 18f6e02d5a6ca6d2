import { html, type Markup } from '../drawing/markup.ts'
import { isShare } from '../summary/metric-values.ts'
import { figure, isMeasured } from '../summary/wording.ts'
import type { Analysis } from './analysis.ts'
import { verdictMarks } from './forest-figure.ts'
import type { TestedHypothesis } from './hypotheses.ts'
import { type Comparison, overSeeds } from './published.ts'
import type { Cell, SweepPlan } from './results.ts'
import { type Sample, shortAxis, type Where } from './samples.ts'
import { metricTitle, shown, signed, signedInterval, withInterval } from './wording.ts'

/** Metrics that the table shows whenever they were measured. */
const mainMetrics = ['accuracy.mean', 'accuracy.best', 'accuracy.worst']
const maxRows = 2000

/** One row for each cell with a finished run, in the order of the plan. */
export function cellsTable(plan: SweepPlan, { samples }: Analysis): Markup {
  const named = [...plan.figures, ...plan.hypotheses, ...plan.published].flatMap((entry) =>
    'metric' in entry ? [entry.metric] : [],
  )
  const wanted = [...new Set([...mainMetrics, ...named, 'attack.successRate'])]
  const metrics = wanted.filter((metric) => samples.usable.some((sample) => isMeasured(sample.metrics.get(metric))))
  const rows = plan.cells.slice(0, maxRows).flatMap((cell, i) => {
    const runs = samples.usable.filter((sample) => sample.run.cell === i)
    return runs.length === 0 ? [] : [{ cell, runs }]
  })
  return html`<div class="wide"><table class="cells">
<thead><tr>${plan.axes.map(({ name }) => html`<th>${name}</th>`)}<th class="number">n</th>${metrics.map((metric) => html`<th class="number">${metricTitle(metric)}</th>`)}</tr></thead>
<tbody>${rows.map(
    ({ cell, runs }) =>
      html`<tr>${plan.axes.map(({ name }) => html`<td>${cell.coordinates[name] ?? '–'}</td>`)}<td class="number">${counted(runs)}</td>${metrics.map((metric) => html`<td class="number">${withInterval(metric, overSeeds(runs, metric))}</td>`)}</tr>`,
  )}</tbody>
</table></div>${plan.cells.length > maxRows ? html`<p class="dim">The first ${maxRows} cells; results.csv has all.</p>` : ''}`
}

/** The number of runs of a cell, and of those in which most honest peers starved. */
function counted(runs: readonly Sample[]): string {
  const starved = runs.filter(({ summary }) => summary.verdict.kind === 'honest peers starved').length
  return starved === 0 ? String(runs.length) : `${runs.length} (${starved} starved)`
}

export function hypothesesTable(tested: readonly TestedHypothesis[]): Markup {
  return html`<div class="wide"><table>
<thead><tr><th></th><th>claim</th><th>contrast</th><th class="number">difference</th><th class="number">95 % interval</th><th class="number">minimum effect</th><th class="number">seeds</th><th class="number">pairs</th><th>verdict</th></tr></thead>
<tbody>${tested.map(hypothesisRow)}</tbody>
</table></div>`
}

function hypothesisRow({ hypothesis, difference, pairs, verdict }: TestedHypothesis): Markup {
  const { id, claim, metric, contrast, relativeTo, direction, minEffect, where } = hypothesis
  const { mean, n } = difference
  const expected =
    direction === 'same'
      ? `within ${unsigned(metric, minEffect)}`
      : `${direction === 'greater' ? '+' : '−'}${unsigned(metric, minEffect)}`
  const about = [
    ...(relativeTo ? [`each minus ${inWords(relativeTo)}`] : []),
    ...(Object.keys(where).length > 0 ? [`where ${inWords(where)}`] : []),
  ].map((part) => `; ${part}`)
  return html`<tr><td><strong>${id}</strong></td><td>${claim}</td><td class="dim">${metric}: ${inWords(contrast.of)} against ${inWords(contrast.against)}${about.join('')}</td><td class="number">${signed(metric, mean)}</td><td class="number">${signedInterval(metric, difference)}</td><td class="number">${expected}</td><td class="number">${n}</td><td class="number">${pairs}</td><td class="path">${verdictMarks[verdict].sign} ${verdict}</td></tr>`
}

function unsigned(metric: string, value: number): string {
  return isShare(metric) ? `${figure(value * 100)} point${value === 0.01 ? '' : 's'}` : figure(value)
}

/** `rule Krum, attack mimic`. */
function inWords(where: Where): string {
  const labels = Object.entries(where).map(([axis, label]) => `${shortAxis(axis)} ${label}`)
  return labels.length === 0 ? 'all others' : labels.join(', ')
}

export function publishedTable(comparisons: readonly Comparison[]): Markup {
  return html`<div class="wide"><table>
<thead><tr><th>cells</th><th>metric</th><th class="number">ours</th><th class="number">theirs</th><th class="number">difference</th><th class="number">our best</th><th class="number">our last</th><th class="number">seeds</th><th>source</th></tr></thead>
<tbody>${comparisons.map(
    ({ published: { where, metric, value, source, note }, ours, difference, best, last }) =>
      html`<tr><td>${inWords(where)}</td><td class="dim">${metricTitle(metric)}</td><td class="number">${withInterval(metric, ours)}</td><td class="number">${shown(metric, value)}</td><td class="number">${signed(metric, difference)}</td><td class="number">${withInterval('accuracy.best', best)}</td><td class="number">${withInterval('accuracy.mean', last)}</td><td class="number">${ours.n}</td><td class="dim">${source}</td></tr>${note === undefined ? '' : html`<tr><td class="dim" colspan="9">${note}</td></tr>`}`,
  )}</tbody>
</table></div>`
}

/** Axes and seeds, and the changes behind each label. */
export function designTable({ axes, seeds, cells }: SweepPlan): Markup {
  const rows = [
    ...axes.map(({ name, labels }) => [name, labels.join(', ')] as const),
    ['seeds', seeds.join(', ')] as const,
  ]
  const settings = labelledSettings(cells, axes)
  return html`<div class="wide"><table>
<thead><tr><th>axis</th><th>labels</th></tr></thead>
<tbody>${rows.map(([name, labels]) => html`<tr><td class="path"><code>${name}</code></td><td class="value">${labels}</td></tr>`)}</tbody>
</table></div>
${
  settings.length === 0
    ? ''
    : html`<h3>Labels</h3><div class="wide"><table><tbody>${settings.map(
        ([label, changes]) => html`<tr><td>${label}</td><td class="value"><code>${changes}</code></td></tr>`,
      )}</tbody></table></div>`
}`
}

/**
 * The changes behind each label: those that all its cells share and not all cells of the sweep have. A label that is
 * the value of its axis's own path is left out.
 */
function labelledSettings(cells: readonly Cell[], axes: SweepPlan['axes']): (readonly [string, string])[] {
  return axes.flatMap(({ name, labels }) =>
    labels.flatMap((label) => {
      const having = cells.filter(({ coordinates }) => coordinates[name] === label)
      const [first] = having
      if (!first) return []
      const common = Object.entries(first.changes).filter(([path, value]) =>
        having.every(({ changes }) => JSON.stringify(changes[path]) === JSON.stringify(value)),
      )
      const everywhere = common.filter(
        ([path, value]) => !cells.every(({ changes }) => JSON.stringify(changes[path]) === JSON.stringify(value)),
      )
      const [only] = everywhere
      if (!only || (everywhere.length === 1 && only[0] === name && String(only[1]) === label)) return []
      return [
        [
          `${name}: ${label}`,
          everywhere.map(([path, value]) => `${path} = ${JSON.stringify(value)}`).join('; '),
        ] as const,
      ]
    }),
  )
}
