// A sweep from code: three rules under two attacks, two seeds each, and a table of the accuracies at the end.
//
//   npm install hearsay
//   node sweep.mts        (before Node 22.18: npx tsx sweep.mts)
import { sweep } from 'hearsay'

const { results } = await sweep(
  {
    name: 'rules-and-attacks',
    peers: { honest: 8, byzantine: 2 },
    topology: 'complete',
    learning: { dataset: 'digits', model: 'softmax-regression' },
    aggregation: 'average',
    attack: 'sign-flip',
    rounds: { count: 6, evaluateEvery: 6 },
    sweep: {
      seeds: 2,
      grid: {
        rule: [
          { label: 'average', set: { aggregation: 'average' } },
          { label: 'median', set: { aggregation: 'median' } },
          { label: 'Krum', set: { aggregation: { name: 'krum', f: 2 } } },
        ],
        attack: [
          { label: 'sign flip', set: { attack: 'sign-flip' } },
          { label: 'LIE', set: { attack: { name: 'little-is-enough', z: 1.5 } } },
        ],
      },
    },
  },
  { onRun: ({ label, failure }) => console.error(failure ? `${label}: ${failure}` : `${label}: done`) },
)

console.table(
  results.cells.map(({ coordinates, metrics }) => {
    const accuracy = metrics['accuracy.mean']
    return { ...coordinates, accuracy: accuracy ? `${(100 * accuracy.mean).toFixed(1)} %` : 'not measured' }
  }),
)
