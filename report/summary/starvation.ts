import type { Experiment } from '#protocol/experiment/schema.ts'
import type { LoggedEvent, RunEvent } from '#protocol/record/events.ts'
import { honestPeers, rosterOf } from './log.ts'
import type { Range, Starvation } from './summary.ts'

type Starved = Extract<RunEvent, { type: 'starved' }>

/** The honest peers that stopped after too many starved rounds in a row; undefined if none did. O(events). */
export function starvationOf(log: readonly LoggedEvent[]): Starvation | undefined {
  const honest = honestPeers(rosterOf(log))
  const rounds = new Map<number, number>()
  const hungry = new Map<number, Starved[]>()
  for (const event of log) {
    if (event.type === 'roster' || !honest.has(event.peer)) continue
    if (event.type === 'round-closed') hungry.delete(event.peer)
    if (event.type === 'starved') hungry.set(event.peer, [...(hungry.get(event.peer) ?? []), event])
    if (event.type === 'stopped' && event.reason === 'starved') rounds.set(event.peer, event.round)
  }
  if (rounds.size === 0) return undefined
  const last = [...rounds.keys()].flatMap((peer) => hungry.get(peer) ?? [])
  return {
    peers: [...rounds.keys()].sort((a, b) => a - b),
    honest: honest.size,
    round: range([...rounds.values()]),
    needed: range(last.map(({ quorum }) => quorum + 1)),
    came: range(last.map(({ received }) => received + 1)),
  }
}

/** Whether more than half of the honest peers starved: the run then measures models that stopped learning. */
export function maxStarved(starvation: Starvation | undefined): boolean {
  return starvation !== undefined && 2 * starvation.peers.length > starvation.honest
}

/** `12 of 12 honest peers starved in round 5: krum with f = 1 needs 5 vectors, the peer's own included, and got 4.` */
export function starvationLine(experiment: Experiment, { peers, honest, round, needed, came }: Starvation): string {
  const when = round.least === round.most ? `round ${round.most + 1}` : `rounds ${round.least + 1} to ${round.most + 1}`
  const those = `${peers.length} of ${honest} honest peer${honest === 1 ? '' : 's'}`
  return `${those} starved in ${when}: ${whoNeeds(experiment)} needs ${between(needed)} vectors, the peer's own included, and got ${between(came)}.`
}

/** The setting that needs so many vectors, in words: the quorum, the gradient exchange or the rule. */
export function whoNeeds({ aggregation, exchange, rounds }: Experiment): string {
  if (rounds.quorum !== undefined) return `rounds.quorum ${rounds.quorum}`
  if (exchange === 'gradients') return 'a round of gradients'
  const named = [...aggregation.before.map(({ name }) => name), aggregation.name].join(' and ')
  return 'f' in aggregation && typeof aggregation.f === 'number' ? `${named} with f = ${aggregation.f}` : named
}

function range(values: readonly number[]): Range {
  return {
    least: values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
    most: values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  }
}

function between({ least, most }: Range): string {
  return least === most ? String(most) : `${least} to ${most}`
}
