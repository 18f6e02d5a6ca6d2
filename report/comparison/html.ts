import { html, type Markup, trusted } from '../drawing/markup.ts'
import { reportPage } from '../page/page.ts'
import { count, isMeasured, list } from '../summary/wording.ts'
import { curvesFigure } from '../sweep/curves-figure.ts'
import { overSeeds } from '../sweep/published.ts'
import type { Estimate } from '../sweep/student-t.ts'
import { estimateOf } from '../sweep/student-t.ts'
import { bare, metricTitle, signed, withInterval } from '../sweep/wording.ts'
import { absent, type Difference, differences, type Group } from './groups.ts'

/** Maximum number of lines in one picture. */
const maxLines = 14
/** Maximum number of groups that are columns of a table; with more, groups are rows. */
const maxColumns = 6

/** The comparison as one HTML file without scripts or external resources: curves, differing options, every metric. */
export function renderComparison(groups: readonly Group[]): string {
  const title = `Comparison of ${count(groups.length, 'experiment')}`
  return reportPage(
    title,
    html`<header><div><h1>${title}</h1>
<p class="setting">${count(
      groups.reduce((sum, { runs }) => sum + runs.length, 0),
      'run',
    )}; runs that differ only in the seed are one experiment.</p></div></header>
<ul class="verdict">${comparisonFindings(groups).map((line) => html`<li>${line}</li>`)}</ul>
${curves(groups)}
<section><h2>Differences</h2>${differencesTable(groups)}</section>
<section><h2>Metrics</h2>
<p class="dim">Mean over seeds, ± half the 95 % interval (Student’s t); shares in per cent.</p>
${metricsTable(groups)}</section>
<section><h2>Runs</h2><ul class="verdict">${groups.map(
      ({ label, runs }) =>
        html`<li><strong>${label}</strong>: ${runs.map(({ seed, folder }) => html`seed ${seed} <code>${folder}</code> `)}</li>`,
    )}</ul></section>`,
  )
}

/** The final mean accuracies, and the difference between the two best groups, paired by seed. */
export function comparisonFindings(groups: readonly Group[]): string[] {
  const ends = groups
    .map((group) => ({ group, value: overSeeds(group.runs, 'accuracy.mean') }))
    .filter(({ value }) => isMeasured(value.mean))
    .toSorted((a, b) => b.value.mean - a.value.mean)
  if (ends.length === 0) return ['Nothing was evaluated.']
  const named = ends.length <= 5 ? ends : [...ends.slice(0, 3), ...ends.slice(-2)]
  const [best, second] = ends
  const paired = best && second ? pairedDifference(best.group, second.group) : undefined
  return [
    `Mean accuracy of honest peers after the last round: ${list(named.map(({ group, value }) => `${withInterval('accuracy.mean', value)} (${group.label})`))}${named.length < ends.length ? `, the best three and the last two of ${ends.length}` : ''}.`,
    ...(best && second && paired?.half != null
      ? [
          `${best.group.label} minus ${second.group.label}: ${signed('accuracy.mean', paired.mean)} ± ${bare('accuracy.mean', paired.half)} over ${count(paired.n, 'common seed')}${Math.abs(paired.mean) > paired.half ? '' : ', no significant difference'}.`,
        ]
      : []),
  ]
}

function pairedDifference(a: Group, b: Group): Estimate {
  const at = ({ runs }: Group, seed: number): number =>
    overSeeds(
      runs.filter((run) => run.seed === seed),
      'accuracy.mean',
    ).mean
  const seeds = [...new Set(a.runs.map(({ seed }) => seed))]
  return estimateOf(seeds.map((seed) => at(a, seed) - at(b, seed)))
}

function curves(groups: readonly Group[]): Markup {
  const lines = groups.slice(0, maxLines).map(({ label, runs }) => ({ label, samples: runs }))
  const svg = curvesFigure({ name: 'comparison', title: 'Accuracy over rounds', lines })
  if (svg === null) return trusted('')
  const cut = groups.length > maxLines ? ` The first ${maxLines} of ${groups.length}.` : ''
  return html`<div class="main"><figure><h3>Accuracy over rounds</h3><figcaption>Mean of honest peers; band: 95 % interval over seeds.${cut}</figcaption>${trusted(svg)}</figure></div>`
}

function differencesTable(groups: readonly Group[]): Markup {
  const rows = differences(groups)
  if (rows.length === 0) return html`<p>None: the experiments are equal.</p>`
  const own = ({ values }: Difference): boolean => new Set(values.filter((value) => value !== absent)).size === 1
  const partial = rows.filter(own)
  return html`${optionsTable(
    groups,
    rows.filter((row) => !own(row)),
  )}${partial.length === 0 ? '' : html`<details><summary>Options that only some experiments have</summary>${optionsTable(groups, partial)}</details>`}`
}

function optionsTable(groups: readonly Group[], rows: readonly Difference[]): Markup {
  if (rows.length === 0) return trusted('')
  if (groups.length <= maxColumns) {
    return html`<div class="wide"><table><thead><tr><th>option</th>${groups.map(({ label }) => html`<th>${label}</th>`)}</tr></thead>
<tbody>${rows.map(({ path, values }) => html`<tr><td class="path"><code>${path}</code></td>${values.map((value) => html`<td class="value">${value}</td>`)}</tr>`)}</tbody></table></div>`
  }
  return html`<div class="wide"><table class="cells"><thead><tr><th></th>${rows.map(({ path }) => html`<th class="path"><code>${path}</code></th>`)}</tr></thead>
<tbody>${groups.map(({ label }, i) => html`<tr><td>${label}</td>${rows.map(({ values }) => html`<td>${values[i] ?? absent}</td>`)}</tr>`)}</tbody></table></div>`
}

function metricsTable(groups: readonly Group[]): Markup {
  const known = [...new Set(groups.flatMap(({ runs }) => runs.flatMap(({ metrics }) => [...metrics.keys()])))]
  const metrics = known.filter((metric) =>
    groups.some(({ runs }) => runs.some((run) => isMeasured(run.metrics.get(metric)))),
  )
  const cell = (group: Group, metric: string): Markup =>
    html`<td class="number">${withInterval(metric, overSeeds(group.runs, metric))}</td>`
  if (groups.length <= maxColumns) {
    return html`<div class="wide"><table><thead><tr><th>metric</th>${groups.map(({ label }) => html`<th class="number">${label}</th>`)}</tr></thead>
<tbody><tr><td>seeds</td>${groups.map(({ runs }) => html`<td class="number">${runs.length}</td>`)}</tr>
${metrics.map((metric) => html`<tr><td class="path"><code>${metric}</code> <span class="dim">${titleOf(metric)}</span></td>${groups.map((group) => cell(group, metric))}</tr>`)}</tbody></table></div>`
  }
  return html`<div class="wide"><table class="cells"><thead><tr><th></th><th class="number">seeds</th>${metrics.map((metric) => html`<th class="number">${metric}</th>`)}</tr></thead>
<tbody>${groups.map((group) => html`<tr><td>${group.label}</td><td class="number">${group.runs.length}</td>${metrics.map((metric) => cell(group, metric))}</tr>`)}</tbody></table></div>`
}

function titleOf(metric: string): string {
  const title = metricTitle(metric)
  return title === metric ? '' : title
}
