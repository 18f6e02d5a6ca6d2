import { lineChart, niceCeiling } from './chart.ts'
import { button, type Child, element } from './element.ts'
import type { LiveState, Stage } from './live-state.ts'
import { legend, neighbourList } from './neighbours.ts'
import { bytes, endOf, factsOf, peersHere, percent, problemOf, promisesOf } from './wording.ts'

export interface PageActions {
  join(): void
  leave(): void
}

export interface Page {
  show(state: LiveState): void
}

/**
 * The whole view. The host and the peers supply text, so the page never inserts it as markup. Controls are created once
 * per stage and then kept, so that they keep the focus.
 */
export function createPage(root: HTMLElement, origin: string, actions: PageActions): Page {
  const heading = element('h1', {}, 'Hearsay')
  const question = element('p', { class: 'question' })
  const status = element('p', { class: 'status', role: 'status' })
  const controls = element('div', { class: 'controls' })
  const body = element('div', { class: 'body' })
  const brand = element('p', { class: 'brand' }, 'Hearsay · learning without a server, among Byzantine peers')
  root.replaceChildren(element('header', {}, brand, heading, question), status, controls, body)
  let shownStage: string | undefined

  return {
    show(state) {
      const { stage, experiment } = state
      setText(heading, headline(state, origin))
      setText(question, subline(state, origin))
      setText(status, statusOf(state))
      status.hidden = status.textContent === ''
      root.dataset.stage = stage.name
      document.title = titleOf(state)
      const key = stage.name === 'invited' ? `invited-${mayJoin(state)}` : stage.name
      if (key !== shownStage) controls.replaceChildren(...controlsOf(state, actions))
      shownStage = key
      body.replaceChildren(...bodyOf(state, experiment))
    },
  }
}

function setText(target: HTMLElement, text: string): void {
  // A screen reader would read the same text out again.
  if (target.textContent !== text) target.textContent = text
}

function headline({ stage, experiment }: LiveState, origin: string): string {
  if (stage.name === 'unable') return problemOf(stage.problem, origin).title
  return experiment?.name ?? 'Hearsay'
}

function subline({ stage, experiment }: LiveState, origin: string): string {
  if (stage.name === 'unable') return problemOf(stage.problem, origin).text
  return experiment?.question ?? ''
}

function statusOf(state: LiveState): string {
  const { stage, seats, phase } = state
  switch (stage.name) {
    case 'opening':
      return 'Asking the host about the experiment …'
    case 'unable':
      return ''
    case 'invited':
      if (!state.hostReachable) return 'The host no longer answers.'
      if (phase === 'over') return 'This run is over.'
      if (phase !== 'seating') return 'This run has begun; all its seats are taken.'
      return seats ? `Peers: ${peersHere(seats)}. The run starts when all peers are here.` : ''
    case 'joining':
      return 'Connecting to the host …'
    case 'waiting':
      if (!state.hostReachable) return 'You have a seat, but the host is not answering at the moment.'
      return seats
        ? `You have a seat. Peers: ${peersHere(seats)}. The run starts by itself when all peers are here.`
        : 'You have a seat. The run starts by itself when all peers are here.'
    case 'preparing':
      return state.linked
        ? 'Connected to all neighbours. Waiting for the other peers …'
        : 'All peers are here. Fetching the data and connecting to the neighbours …'
    case 'running':
      return `Round ${Math.min(state.closed + 1, roundsOf(state))} of ${roundsOf(state)}`
    case 'leaving':
      return 'Leaving …'
    case 'ended':
      return ''
  }
}

function titleOf(state: LiveState): string {
  const name = state.experiment?.name
  const tail = name ? `${name} · Hearsay` : 'Hearsay'
  if (state.stage.name === 'running') return `${state.closed} of ${roundsOf(state)} rounds · ${tail}`
  return state.stage.name === 'ended' ? `${endOf(state.stage.end, state).title} · ${tail}` : tail
}

function roundsOf({ experiment }: LiveState): number {
  return experiment?.rounds.count ?? 0
}

function mayJoin({ phase, hostReachable }: LiveState): boolean {
  return phase === 'seating' && hostReachable
}

function controlsOf(state: LiveState, actions: PageActions): HTMLElement[] {
  const { stage } = state
  const staying: Stage['name'][] = ['joining', 'waiting', 'preparing', 'running']
  if (stage.name === 'invited' && mayJoin(state)) return [button('Join', 'primary', () => actions.join())]
  return staying.includes(stage.name) ? [button('Leave', 'quiet', () => actions.leave())] : []
}

function bodyOf(state: LiveState, experiment: LiveState['experiment']): Child[] {
  const { stage } = state
  if (stage.name === 'ended') {
    const { title, text } = endOf(stage.end, state)
    const card = element(
      'section',
      { class: `end ${stage.end.reason}` },
      element('h2', {}, title),
      element('p', {}, text),
    )
    return state.peer === undefined ? [card] : [card, ...live(state)]
  }
  if (stage.name === 'running' || (stage.name === 'leaving' && state.peer !== undefined)) return live(state)
  if (!experiment || stage.name === 'unable') return []
  return [element('div', { class: 'invitation' }, about(experiment), promises())]
}

function about(experiment: NonNullable<LiveState['experiment']>): HTMLElement {
  const facts = element('dl', {})
  for (const [term, text] of factsOf(experiment)) {
    facts.append(element('dt', {}, term), element('dd', {}, text))
  }
  return element(
    'section',
    { class: 'about' },
    element('h2', {}, 'The experiment'),
    element(
      'p',
      {},
      'Browser tabs and programs train a model together; each of them is a peer. No server has the data or the model. Each peer trains on its own share of the data, sends its neighbours what it learned, and combines their updates by a rule. Some peers may send wrong updates on purpose. The rule limits the harm that they do.',
    ),
    facts,
  )
}

function promises(): HTMLElement {
  return element(
    'section',
    { class: 'promises' },
    element('h2', {}, 'What this tab will do'),
    element('ul', {}, ...promisesOf().map((promise) => element('li', {}, promise))),
  )
}

function live(state: LiveState): HTMLElement[] {
  const notes = notesOf(state).map((note) => element('p', { class: 'note' }, note))
  const charts = element('section', { class: 'charts' }, ...chartsOf(state))
  const neighbours = element(
    'section',
    { class: 'around' },
    element('h2', {}, 'Your neighbours'),
    ...(state.neighbours.length > 0 ? [legend()] : []),
    neighbourList(state.neighbours),
  )
  return [
    ...(notes.length > 0 ? [element('div', { class: 'notes' }, ...notes)] : []),
    progressOf(state),
    element('div', { class: 'live' }, charts, element('div', {}, neighbours, technical(state))),
  ]
}

function progressOf(state: LiveState): HTMLElement {
  return element('progress', {
    max: String(Math.max(1, roundsOf(state))),
    value: String(state.closed),
    'aria-label': 'Rounds closed',
  })
}

function chartsOf(state: LiveState): Child[] {
  const { curve } = state
  const xMax = roundsOf(state)
  const losses = curve.map(({ loss }) => loss).filter(Number.isFinite)
  const highest = niceCeiling(Math.max(0, ...losses))
  const last = curve.at(-1)
  return [
    element('h2', {}, 'Accuracy of your model'),
    element('p', { class: 'figure', 'data-figure': 'accuracy' }, last ? percent(last.accuracy) : 'not measured yet'),
    lineChart({
      title: 'Accuracy',
      points: curve.map(({ round, accuracy }) => ({ x: round + 1, y: accuracy })),
      xMax,
      yMax: 1,
      ticks: [0, 0.5, 1],
      format: (share) => `${Math.round(share * 100)} %`,
    }),
    element('h2', {}, 'Loss of your model'),
    element('p', { class: 'figure', 'data-figure': 'loss' }, last ? last.loss.toFixed(3) : 'not measured yet'),
    lineChart({
      title: 'Loss',
      points: curve.map(({ round, loss }) => ({ x: round + 1, y: loss })),
      xMax,
      yMax: highest,
      ticks: [0, highest / 2, highest],
      format: (loss) => (loss === 0 || loss >= 10 ? loss.toFixed(0) : loss.toFixed(2)),
    }),
    element('p', { class: 'dim' }, 'Both are measured on test images that no peer trains on.'),
  ]
}

function technical(state: LiveState): HTMLElement {
  const { engine, peer } = state
  const computing = engine
    ? `${engine.engine}${engine.adapter ? `, ${engine.adapter}${engine.hardware ? '' : ' (software)'}` : ''}`
    : 'starting'
  const facts: [string, string][] = [
    ['You are', peer === undefined ? 'without a seat' : `peer ${peer}`],
    ['Computes with', computing],
    ['Sent to neighbours', bytes(state.bytesSent)],
    ['Received from neighbours', bytes(state.bytesReceived)],
    ['Rounds without a quorum', String(state.starved)],
  ]
  const list = element('dl', { class: 'tight' })
  for (const [term, text] of facts) list.append(element('dt', {}, term), element('dd', {}, text))
  return element('section', {}, element('h2', {}, 'Your peer'), list)
}

function notesOf(state: LiveState): string[] {
  const notes: string[] = []
  if (state.stage.name === 'running' && !state.hostReachable) {
    notes.push('The host does not answer. The run goes on without it: your peer needs only its neighbours.')
  }
  if (state.stage.name === 'running' && state.hidden.times > 0) {
    const often = state.hidden.times === 1 ? 'once' : `${state.hidden.times} times`
    notes.push(
      `This tab was in the background ${often}. Browsers slow such tabs down, and then updates come too late. Keep the tab visible.`,
    )
  }
  return notes
}
