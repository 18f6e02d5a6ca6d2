import type { RejectionReason } from '#protocol/round/update.ts'
import { drawing, element } from './element.ts'
import type { Fate, NeighbourState } from './live-state.ts'

/** The reason for a rejection, in words for volunteers. */
const reasons: Readonly<Record<RejectionReason, string>> = {
  late: 'too late',
  duplicate: 'sent twice',
  'wrong-experiment': 'from another experiment',
  'wrong-shape': 'of the wrong size',
  'not-finite': 'not numbers',
  'too-large': 'too large',
  'bad-signature': 'with a bad signature',
  'commitment-mismatch': 'different from the announced update',
  'not-a-neighbour': 'not from a neighbour',
  'rate-limited': 'too many at once',
  withheld: 'announced but not sent',
}

const cell = 7
const gap = 2
const tall = 16

/** A row for each neighbour: a strip of its updates in the last rounds, and the counts. */
export function neighbourList(neighbours: readonly NeighbourState[]): HTMLElement {
  if (neighbours.length === 0) return element('p', { class: 'dim' }, 'In this run every peer trains alone.')
  return element('ul', { class: 'neighbours' }, ...neighbours.map(neighbourRow))
}

function neighbourRow(neighbour: NeighbourState): HTMLElement {
  const row = element(
    'li',
    { 'data-peer': String(neighbour.peer) },
    element('div', { class: 'who' }, element('strong', {}, `Peer ${neighbour.peer}`), ...badge(neighbour)),
    strip(neighbour),
    element('p', { class: 'counts' }, countsOf(neighbour)),
  )
  return row
}

function badge({ absent, influence }: NeighbourState): HTMLElement[] {
  if (absent) return [element('span', { class: 'absent' }, 'silent: your peer does not wait for it')]
  if (influence === undefined) return []
  return [element('span', { class: 'dim' }, `${Math.round(influence * 100)} % of your last model`)]
}

/** One cell per round: filled if the update was used, hollow if missing, crossed if rejected. */
function strip({ history, peer }: NeighbourState): SVGSVGElement {
  const wide = Math.max(1, history.length) * (cell + gap)
  const made = drawing('svg', {
    class: 'strip',
    width: wide,
    height: tall,
    viewBox: `0 0 ${wide} ${tall}`,
    role: 'img',
    'aria-label': `Updates of peer ${peer} in the last ${history.length} rounds`,
  })
  history.forEach(({ round, fate }, k) => {
    const x = k * (cell + gap)
    const group = drawing(
      'g',
      { class: classOf(fate) },
      drawing('title', {}, `Round ${round + 1}: ${describeFate(fate)}`),
    )
    group.append(drawing('rect', { x: x + 0.5, y: 0.5, width: cell - 1, height: tall - 1, rx: 1.5 }))
    if (classOf(fate) === 'rejected') {
      group.append(
        drawing('path', {
          d: `M${x + 1.5} 4.5L${x + cell - 1.5} ${tall - 4.5}M${x + cell - 1.5} 4.5L${x + 1.5} ${tall - 4.5}`,
        }),
      )
    }
    made.append(group)
  })
  return made
}

function classOf(fate: Fate): 'accepted' | 'missing' | 'rejected' {
  return fate === 'accepted' || fate === 'missing' ? fate : 'rejected'
}

function describeFate(fate: Fate): string {
  if (fate === 'accepted') return 'used'
  return fate === 'missing' ? 'nothing came in time' : `not used, ${reasons[fate]}`
}

function countsOf({ accepted, missing, rejected }: NeighbourState): string {
  const parts = [`${accepted} used`]
  if (missing > 0) parts.push(`${missing} missing`)
  const refused = Object.entries(rejected).map(([reason, count]) => `${count} ${reasons[reason as RejectionReason]}`)
  if (refused.length > 0) parts.push(`rejected: ${refused.join(', ')}`)
  return parts.join(' · ')
}

/** The legend of the cells. */
export function legend(): HTMLElement {
  const entry = (kind: string, text: string): HTMLElement => element('span', { class: `key ${kind}` }, text)
  return element(
    'p',
    { class: 'legend' },
    entry('accepted', 'used'),
    entry('missing', 'missing'),
    entry('rejected', 'rejected'),
  )
}
