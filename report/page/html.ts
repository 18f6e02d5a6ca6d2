import { datasetLabel } from '#learning/datasets/choice.ts'
import { html, type Markup, trusted } from '../drawing/markup.ts'
import { type RunFigure, runFigures } from '../figures/run-figures.ts'
import { trimmingSlider } from '../figures/trimming-figure.ts'
import type { Summary, Verdict } from '../summary/summary.ts'
import { count, duration, verdictTitle } from '../summary/wording.ts'
import { reportPage } from './page.ts'
import { environmentTable, parametersTable, peersTable, twinsTable } from './tables.ts'

/**
 * The report of a run: one HTML file without scripts or external resources. The first screen holds the question, the
 * verdict, accuracy over rounds and the topology. The templates escape strings from files and peers.
 */
export function renderReport(summary: Summary): string {
  const { experiment } = summary
  const figures = runFigures(summary)
  return reportPage(
    experiment.name,
    html`${opening(summary)}
${firstFigures(figures)}
${peersSection(summary)}
${furtherFigures(summary, figures)}
${twinsSection(summary)}
<section><h2>Parameters</h2>${parametersTable(experiment)}</section>
${repetition(summary)}
<footer>Hearsay ${summary.hearsayVersion}, run of ${summary.startedAt}, experiment <code>${summary.experimentId}</code></footer>`,
  )
}

function opening({ experiment, verdict, wallMs, peers, repetition }: Summary): Markup {
  const byzantinePeers = peers.filter((peer) => peer.role === 'byzantine').length
  const setting = [
    `${count(peers.length, 'peer')}, ${byzantinePeers === 0 ? 'none Byzantine' : `${byzantinePeers} Byzantine`}`,
    experiment.topology.name,
    `${datasetLabel(experiment.learning.dataset)} ${experiment.learning.partition.name}`,
    experiment.learning.model,
    `rule ${experiment.aggregation.name}`,
    `attack ${experiment.attack.name}`,
    `runtime ${experiment.runtime.name}`,
    `took ${duration(wallMs)}`,
    `${repeatsHow[repetition.class]} (${[repetition.class, ...(repetition.reason ? [repetition.reason] : [])].join(': ')})`,
  ].join(' · ')
  return html`<header>
<div>
<h1>${experiment.name}</h1>
${experiment.question ? html`<p class="question">${experiment.question}</p>` : ''}
<p class="setting">${setting}</p>
</div>
${badge(verdict)}
</header>
<ul class="verdict">${verdict.lines.map((line) => html`<li class="${lineClass(line)}">${unbroken(line)}</li>`)}</ul>`
}

/** Pass or fail, by word, shape and colour. */
function badge(verdict: Verdict): Markup {
  const { exitCode } = verdict
  const passed = exitCode === 0
  const path = passed ? 'M5 10.5l3.5 3.5L15 6.5' : 'M6 6l8 8M14 6l-8 8'
  return html`<div class="badge ${passed ? 'pass' : 'fail'}" role="status"><svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="9" fill="currentColor"/><path d="${path}" fill="none" stroke="#fff" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/></svg><span>${verdictTitle(verdict)}</span></div>`
}

/** Keeps a number and its unit on one line. */
function unbroken(line: string): string {
  return line.replaceAll(/(\d) (%|points|rounds|peers|Byzantine peers)/g, '$1\u00a0$2')
}

function lineClass(line: string): string {
  if (line.startsWith('As expected: ')) return 'holds'
  return line.startsWith('Expected ') ? 'misses' : 'finding'
}

function firstFigures(figures: readonly RunFigure[]): Markup {
  const [accuracy, topology] = ['accuracy', 'topology'].map((name) => figures.find((figure) => figure.name === name))
  return html`<div class="first">
<figure><h3>${accuracy?.title ?? ''}</h3>
<figcaption>${accuracy?.caption ?? ''}</figcaption>
${accuracy?.svg ? trusted(accuracy.svg) : html`<p>Nothing was evaluated.</p>`}</figure>
<figure><h3>${topology?.title ?? ''}</h3>
<figcaption>${topology?.caption ?? ''}</figcaption>
${trusted(topology?.svg ?? '')}</figure>
</div>`
}

function peersSection(summary: Summary): Markup {
  return html`<section><h2>Peers</h2>${peersTable(summary)}
${summary.notes.length > 0 ? html`<ul class="verdict">${summary.notes.map((note) => html`<li>${note}</li>`)}</ul>` : ''}</section>`
}

function furtherFigures(summary: Summary, figures: readonly RunFigure[]): Markup {
  const drawn = figures
    .filter(({ name }) => name !== 'accuracy' && name !== 'topology')
    .flatMap(({ name, title, caption, svg }) => {
      if (svg === null) return []
      const slides = name === 'trimming' && summary.influenceRounds
      const picture = slides ? trimmingSlider(svg, slides) : trusted(svg)
      return [html`<figure><h3>${title}</h3><figcaption>${caption}</figcaption>${picture}</figure>`]
    })
  return drawn.length === 0
    ? trusted('')
    : html`<section><h2>More figures</h2><div class="more">${drawn}</div></section>`
}

function twinsSection(summary: Summary): Markup {
  return summary.twins.length === 0 ? trusted('') : html`<section><h2>Twins</h2>${twinsTable(summary)}</section>`
}

const repeatsHow = {
  D0: 'repeats bit for bit',
  D1: 'replays bit for bit',
  D2: 'repeats statistically',
} as const

const classes = {
  D0: 'Class D0: a new run gives the same transcript on any machine, bit for bit. The transcript is the hash over all models at evaluation rounds.',
  D1: 'Class D1: the log records which updates each peer used. From it the simulator computes the run again bit for bit. A new swarm agrees statistically.',
  D2: 'Class D2: a new run agrees statistically, not bit for bit',
} as const

function repetition({ repetition, environment }: Summary): Markup {
  const why = repetition.class === 'D2' ? `: ${repetition.reason ?? 'the updates that arrive in time differ'}.` : ''
  const unless = repetition.otherwise
    ? ` If that code computes the same again, the run ${repeatsHow[repetition.otherwise]} (${repetition.otherwise}).`
    : ''
  const replays = repetition.class !== 'D2' || repetition.otherwise !== undefined
  return html`<section><h2>How to repeat this run</h2>
<p>${classes[repetition.class]}${why}${unless}</p>
${replays ? html`<p>To compute the run again and compare every recorded model, in the folder of this file:</p><pre>hearsay replay .</pre>` : ''}
${repetition.transcriptHash ? html`<p>Transcript: <code>${repetition.transcriptHash}</code></p>` : ''}
<p>To run the experiment again, with all its values, in the folder of this file:</p>
<pre>hearsay run experiment.yaml</pre>
${environment ? html`<h3>Where it ran</h3>${environmentTable(environment)}` : ''}</section>`
}
