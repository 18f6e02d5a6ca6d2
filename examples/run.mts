// A run from code: eight honest peers and two Byzantine ones train together, and the mean accuracy of the honest peers
// is drawn as it comes in.
//
//   npm install hearsay
//   node run.mts        (before Node 22.18: npx tsx run.mts)
import { krum, type LoggedEvent, littleIsEnough, ring, run } from 'hearsay'

const width = 40
let honest = new Set<number>()
const accuracies = new Map<number, number[]>()

/** Draws a bar for each evaluated round: the mean over the honest peers. */
function plot(event: LoggedEvent): void {
  if (event.type === 'roster') {
    honest = new Set(event.peers.filter(({ role }) => role === 'honest').map(({ peer }) => peer))
  }
  if (event.type !== 'evaluated' || !honest.has(event.peer)) return
  const known = [...(accuracies.get(event.round) ?? []), event.accuracy]
  accuracies.set(event.round, known)
  if (known.length < honest.size) return
  const mean = known.reduce((sum, accuracy) => sum + accuracy, 0) / known.length
  const bar = '█'.repeat(Math.round(width * mean)).padEnd(width, '·')
  console.log(`round ${String(event.round + 1).padStart(3)} ${bar} ${(100 * mean).toFixed(1)} %`)
}

const summary = await run(
  {
    name: 'from-code',
    peers: { honest: 8, byzantine: 2 },
    topology: ring({ neighbours: 6 }),
    learning: { dataset: 'digits', model: 'softmax-regression' },
    aggregation: krum({ f: 2 }),
    attack: littleIsEnough({ z: 1.5 }),
    rounds: { count: 20, evaluateEvery: 2 },
  },
  { onEvent: plot },
)
console.log(`${summary.verdict.kind}: worst peer ${(100 * summary.metrics.accuracy.worst).toFixed(1)} %`)
