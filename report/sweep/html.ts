import { html, type Markup, trusted } from '../drawing/markup.ts'
import { reportPage } from '../page/page.ts'
import { groupBy } from '../summary/log.ts'
import { count, duration, list } from '../summary/wording.ts'
import type { Analysis } from './analysis.ts'
import type { DrawnFigure } from './figures.ts'
import type { PlannedRun, SweepPlan, SweepResults } from './results.ts'
import { cellName, type Sample } from './samples.ts'
import { cellsTable, designTable, hypothesesTable, publishedTable } from './tables.ts'

/**
 * The report of a sweep: one HTML file without scripts or external resources. The first screen holds the question, the
 * findings and a picture: hypotheses, published numbers or the first figure. The templates escape strings from files.
 */
export function renderSweepReport(results: SweepResults, analysis: Analysis): string {
  const { plan } = results
  const [main, ...others] = analysis.figures
  return reportPage(
    plan.name,
    html`<header><div>
<h1>${plan.name}</h1>
${plan.question ? html`<p class="question">${plan.question}</p>` : ''}
<p class="setting">${setting(results, analysis)}</p>
</div></header>
<ul class="verdict">${analysis.findings.map((line) => html`<li>${line}</li>`)}</ul>
${[...analysis.forests, ...analysis.beside, ...(main ? [main] : [])].map((drawn) => html`<div class="main">${figure(drawn)}</div>`)}
${hypothesesSection(analysis)}
${publishedSection(analysis)}
${others.length > 0 ? html`<section><h2>Figures</h2>${others.map(figure)}</section>` : ''}
${gapsSection(results, analysis)}
<section><h2>Cells</h2>
<p class="dim">Mean over seeds, ± half the 95 % interval (Student’s t over seeds); n is the number of seeds. With one seed there is no interval.</p>
${cellsTable(plan, analysis)}</section>
<section><h2>Design</h2>${designTable(plan)}</section>
<section><h2>Data and repetition</h2>
<p>In this folder: <code>results.csv</code> and <code>results.parquet</code> (one row for each run), <code>curves.csv</code> and <code>curves.parquet</code> (one row for each run, evaluated round and metric), <code>results.json</code>, and every figure in <code>figures/</code>. Each run has a folder with its experiment and report.</p>
<pre>hearsay sweep FILE --resume    # runs the missing runs
hearsay report .               # writes this report again</pre></section>
<footer>Hearsay ${plan.hearsayVersion}</footer>`,
  )
}

function figure({ title, caption, svg, name }: DrawnFigure): Markup {
  return html`<figure><h3>${title}</h3><figcaption>${caption} <span class="file"><code>figures/${name}.svg</code></span></figcaption>${trusted(svg)}</figure>`
}

function setting({ plan, finished }: SweepResults, { samples }: Analysis): string {
  const wallMs = samples.usable.reduce((sum, { summary }) => sum + summary.wallMs, 0)
  return [
    `${finished.length} of ${count(plan.runs.length, 'run')} finished`,
    count(plan.cells.length, 'cell'),
    count(plan.seeds.length, 'seed'),
    ...(finished.length > 0 ? [`${duration(wallMs)} of runs`] : []),
  ].join(' · ')
}

function hypothesesSection({ hypotheses }: Analysis): Markup {
  if (hypotheses.length === 0) return trusted('')
  return html`<section><h2>Hypotheses</h2>
<p class="dim">Differences between runs that agree in the seed and in all axes that the contrast does not name. Differences of one seed are averaged first, because its runs share data and draws. The 95 % interval is Student’s t over seeds. Supported: the interval is on the expected side of 0 and the mean reaches the minimum effect (a contrast “same”: the whole interval is within it). Refuted: the whole interval is below the minimum effect (“same”: outside it). Otherwise underpowered. Intervals are not corrected for the number of hypotheses.</p>
${hypothesesTable(hypotheses)}</section>`
}

function publishedSection({ comparisons }: Analysis): Markup {
  return comparisons.length === 0
    ? trusted('')
    : html`<section><h2>Published numbers</h2>${publishedTable(comparisons)}</section>`
}

/** Maximum number of runs of one kind that are named. */
const maxNamed = 8

/** Missing runs and figures, with names and reasons. */
function gapsSection({ plan, missing }: SweepResults, { samples, gaps }: Analysis): Markup {
  const name = ({ cell, seed, folder }: PlannedRun): string =>
    `${cellName(plan.cells[cell]?.coordinates ?? {}, plan.axes)}, seed ${seed} (${folder})`
  const vacuous = samples.usable.filter(({ summary }) => summary.verdict.kind === 'vacuous attack')
  const starved = samples.usable.filter(({ summary }) => summary.verdict.kind === 'honest peers starved')
  const absent = [
    ...samples.broken.map(({ run, summary: { verdict } }) => ({
      run,
      what: verdict.kind === 'interrupted' ? ('unfinished' as const) : ('broke' as const),
      reason: verdict.lines[0] ?? verdict.kind,
    })),
    ...missing.map((run) => ({ run, what: run.state, reason: run.reason ?? '' })),
  ]
  const groups = (['broke', 'unfinished', 'not begun'] as const).flatMap((what) => [
    ...groupBy(
      absent.filter((entry) => entry.what === what),
      ({ reason }) => reason,
    ),
  ])
  const rows = groups.map(([reason, members]) => {
    const named = members.slice(0, maxNamed).map(({ run }) => name(run))
    const more = members.length > maxNamed ? `; and ${members.length - maxNamed} more` : ''
    return html`<tr><td class="path">${members[0]?.what ?? ''}</td><td class="number">${members.length}</td><td>${reason === '' ? '–' : reason}</td><td class="value dim">${named.join('; ')}${more}</td></tr>`
  })
  const lines = [
    ...(vacuous.length > 0
      ? [`In ${count(vacuous.length, 'run')} the attack was vacuous (z = 0): ${cellsOf(vacuous, plan)}.`]
      : []),
    ...(starved.length > 0
      ? [
          `In ${count(starved.length, 'run')} most honest peers starved and stopped learning; means include their last value: ${cellsOf(starved, plan)}.`,
        ]
      : []),
    ...gaps.map(({ title, reason }) => `Figure “${title}”: ${reason}.`),
  ]
  if (rows.length + lines.length === 0) return trusted('')
  return html`<section><h2>Missing</h2>
${rows.length === 0 ? '' : html`<div class="wide"><table><thead><tr><th></th><th class="number">runs</th><th>reason</th><th>runs</th></tr></thead><tbody>${rows}</tbody></table></div>`}
${lines.length === 0 ? '' : html`<ul class="verdict">${lines.map((line) => html`<li>${line}</li>`)}</ul>`}</section>`
}

/** The names of the first cells of some runs. */
function cellsOf(samples: readonly Sample[], plan: SweepPlan): string {
  return list([...new Set(samples.map(({ coordinates }) => cellName(coordinates, plan.axes)))].slice(0, maxNamed))
}
