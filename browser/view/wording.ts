import { preAggregators, rules } from '#aggregation/registry.ts'
import { type DatasetChoice, datasetLabel } from '#learning/datasets/choice.ts'
import { datasets } from '#learning/datasets/registry.ts'
import { models } from '#learning/models/registry.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { topologies } from '#topology/registry.ts'
import type { End, LiveState, Problem } from './live-state.ts'

interface Named {
  readonly name: string
  readonly summary: string
}

/** The summary of an entry up to its first semicolon. The rest is for people who run experiments. */
const summaryOf = (registry: readonly Named[], name: string): string =>
  (registry.find((entry) => entry.name === name)?.summary ?? name).split(';')[0] ?? name

/** The experiment in short, for a visitor: pairs of a label and its text. */
export function factsOf(experiment: Experiment): [string, string][] {
  const { learning, aggregation, topology, rounds, exchange } = experiment
  const before = aggregation.before.map(({ name }) => summaryOf(preAggregators, name))
  return [
    ['Data set', dataOf(learning.dataset)],
    ['Model', `${learning.model}. ${summaryOf(models, learning.model)}`],
    ['Rule', `${aggregation.name}. ${[...before, summaryOf(rules, aggregation.name)].join('; then ')}`],
    ['Topology', `${topology.name}. ${summaryOf(topologies, topology.name)}`],
    ['Rounds', `${rounds.count}; in each, peers exchange ${exchange === 'gradients' ? 'gradients' : 'models'}`],
  ]
}

function dataOf(dataset: DatasetChoice): string {
  return typeof dataset === 'string'
    ? `${dataset}. ${summaryOf(datasets, dataset)}`
    : `${datasetLabel(dataset)}. The host's own images`
}

export function peersHere({ taken, wanted }: NonNullable<LiveState['seats']>): string {
  return `${taken} of ${wanted} ${taken === 1 ? 'is' : 'are'} here`
}

/** What the tab does, what it sends to whom, and what it does not use. */
export function promisesOf(): string[] {
  return [
    'It fetches its share of the images from the host and trains on them in a background worker.',
    'It connects directly to its neighbours, who learn the network address of this device.',
    'It sends its model updates to its neighbours, who can read them.',
    'It tells the host how the training goes and which browser you use.',
    'It uses none of your own data. It stops when you leave or close the tab.',
  ]
}

/** Headline and text for the end of a visit. */
export function endOf(end: End, state: LiveState): { readonly title: string; readonly text: string } {
  const rounds = state.experiment?.rounds.count
  const so = state.closed > 0 && rounds ? ` after ${state.closed} of ${rounds} rounds` : ''
  switch (end.reason) {
    case 'finished': {
      const last = state.curve.at(-1)
      const read = last ? ` Your model reads ${percent(last.accuracy)} of the test images correctly.` : ''
      return { title: 'The run is finished', text: `Your peer took part to the end.${read} Thank you.` }
    }
    case 'starved':
      return {
        title: 'Your peer was left alone',
        text: `Too few neighbours sent an update in five rounds in a row, so your peer stopped${so}.`,
      }
    case 'left':
      return {
        title: 'You have left',
        text: `Your peer stopped${so}. The experiment no longer runs in this tab.`,
      }
    case 'host-gone':
      return { title: 'The host is gone', text: 'It went offline before the run began. Ask for a new link.' }
    case 'host-stopped':
      return { title: 'The host ended the run', text: `Your peer stopped${so}. The host says: ${end.detail}.` }
    case 'refused':
      return { title: 'There is no seat for you', text: `The host says: ${end.detail}.` }
    case 'unwired':
      return {
        title: 'Some neighbours could not be reached',
        text: `The networks between you may block direct connections. The host can name a STUN or TURN server to help (--ice-server). Details: ${end.detail}.`,
      }
    case 'failed':
      return { title: 'Something broke', text: `Your peer stopped${so}: ${end.detail}.` }
  }
}

/** Headline and text for a problem: why the tab cannot take part, and how to fix it. */
export function problemOf(problem: Problem, origin: string): { readonly title: string; readonly text: string } {
  switch (problem) {
    case 'insecure':
      return {
        title: 'This page is not secure enough to take part',
        text: `It was opened as ${origin}. Over plain http, a browser withholds the cryptography that a peer needs (crypto.subtle). Open it over https, or on the host's own machine as http://localhost. The host can start with --tls-cert and --tls-key, or run behind an https proxy with --public-url.`,
      }
    case 'no-webrtc':
      return {
        title: 'This browser has no WebRTC',
        text: 'Peers connect to each other over WebRTC. Allow it in the settings or extensions of this browser, or open the link in another browser.',
      }
    case 'old-browser':
      return {
        title: 'This browser is too old',
        text: 'It lacks features that training in a tab needs. Use a current Chrome, Firefox or Safari.',
      }
    case 'bad-link':
      return {
        title: 'This link is incomplete',
        text: 'It has no token at its end. Open the link exactly as the host gave it.',
      }
    case 'unknown-link':
      return {
        title: 'The host does not know this link',
        text: 'It may belong to an earlier run. Ask the host for a new link.',
      }
    case 'no-host':
      return {
        title: 'The host does not answer',
        text: 'It may have ended. Reload the page to try again, or ask for a new link.',
      }
    case 'other-version':
      return {
        title: 'The page and the host have different versions',
        text: 'Reload the page. If that does not help, the host must restart.',
      }
  }
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

export function bytes(count: number): string {
  if (count < 1e6) return `${(count / 1e3).toFixed(0)} kB`
  return count < 1e9 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e9).toFixed(2)} GB`
}
