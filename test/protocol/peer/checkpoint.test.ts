import { expect, test } from 'vitest'
import { attacks } from '#attacks/registry.ts'
import { randomStream } from '#learning/random.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { type Checkpoint, withoutCheckpoints } from '#protocol/peer/checkpoint.ts'
import { experimentWith, simulate } from '../simulation/quadratic-pool.ts'

/** Runs an experiment with a checkpoint after every evaluated round; each is kept with the events before it. */
async function withCheckpoints(experiment: Experiment, speed?: number) {
  const saved: Checkpoint[] = []
  const run = await simulate(experiment, {
    ...(speed === undefined ? {} : { speed: randomStream(speed, 'speed') }),
    checkpoints: {
      wanted: () => true,
      // A checkpoint from a file shares no memory with the run.
      save: async (checkpoint) => void saved.push(structuredClone(checkpoint)),
    },
  })
  return { run, saved }
}

/** Uninterrupted, with checkpoints, and resumed from every checkpoint, the run has the same bits. */
async function expectTheSame(experiment: Experiment, checkpoints: number): Promise<void> {
  const plain = await simulate(experiment)
  const { run, saved } = await withCheckpoints(experiment)
  expect(run.transcriptHash).toBe(plain.transcriptHash)
  expect(run.events).toEqual(plain.events)
  expect(saved).toHaveLength(checkpoints)
  for (const checkpoint of saved) {
    const resumed = await simulate(experiment, { resume: checkpoint })
    expect(resumed.transcriptHash).toBe(plain.transcriptHash)
    expect(resumed.parameters).toEqual(plain.parameters)
    const later = plain.events.findIndex(({ round }) => round > checkpoint.round)
    expect(resumed.events).toEqual(plain.events.slice(later))
  }
}

const attacked = { peers: { honest: 6, byzantine: 2, placement: [1, 6] } }
const gradients = { exchange: 'gradients', topology: { name: 'complete' } }

test.for<[string, Record<string, unknown>]>([
  ['models with local momentum', {}],
  ['models on fixed batches', { learning: { dataset: 'digits', batchSize: 7, batchOrder: 'fixed-cycle' } }],
  ['gradients with momentum at the aggregate', gradients],
  ['gradients with local momentum', { ...gradients, learning: { dataset: 'digits', momentum: { at: 'local' } } }],
  ['peers that train alone', { exchange: 'none' }],
  ['a graph that changes with every round', { topology: { name: 'epidemic', degree: 2 } }],
  ['neighbours that take turns', { peers: { honest: 8 }, topology: { name: 'one-peer-exponential' } }],
  ['models with other neighbours each round', { topology: { name: 'exponential-cycle' } }],
  ['models with fresh neighbours each round', { topology: { name: 'epidemic', degree: 3, sampling: 'local' } }],
  ['a rule with memory', { aggregation: { name: 'centered-clipping', tau: 1 } }],
  ['a rule that draws', { aggregation: { name: 'average', before: [{ name: 'bucketing', size: 2 }] } }],
])('a run of %s goes on from a checkpoint as if it had never stopped', async ([, changes]) => {
  await expectTheSame(experimentWith(changes), 2)
})

test.for(
  attacks
    .map(({ name }) => experimentWith({ ...attacked, attack: { name }, aggregation: { name: 'trimmed-mean', f: 1 } }))
    .filter((experiment) => withoutCheckpoints(experiment) === undefined),
)('Byzantine peers who send $attack.name remember over a checkpoint what they knew', async (experiment) => {
  const { run, saved } = await withCheckpoints(experiment)
  await expectTheSame(experiment, saved.length)
  // Once a usable update is missing, time passes, and there are no more checkpoints.
  const refused = run.events.find(({ type }) => type === 'update-rejected')?.round ?? Number.POSITIVE_INFINITY
  const evaluated = [...new Set(run.events.flatMap(({ type, round }) => (type === 'evaluated' ? [round] : [])))]
  expect(evaluated).toHaveLength(3)
  expect(saved.map(({ round }) => round)).toEqual(evaluated.slice(0, -1).filter((round) => round < refused))
})

test('Byzantine peers with knowledge of their neighbourhood or with memory resume with the same bits, also with gradients', async () => {
  const attack = { name: 'little-is-enough', z: 1.5, knowledge: 'neighbourhood', delivery: 'per-victim' }
  await expectTheSame(experimentWith({ ...attacked, attack }), 2)
  await expectTheSame(experimentWith({ ...attacked, ...gradients, attack: { name: 'mimic' } }), 2)
})

test('a checkpoint does not depend on the order in which workers finish', async () => {
  const experiment = experimentWith({ ...attacked, attack: { name: 'sign-flip' } })
  const { saved } = await withCheckpoints(experiment)
  const { saved: shuffled } = await withCheckpoints(experiment, 3)
  expect(shuffled).toEqual(saved)
})

test('an experiment without checkpoints gives the reason', () => {
  expect(withoutCheckpoints(experimentWith())).toBeUndefined()
  expect(withoutCheckpoints(experimentWith({ faults: { delayMs: 5 } }))).toMatch(/faults/)
  expect(withoutCheckpoints(experimentWith({ runtime: { name: 'processes' } }))).toMatch(/not processes/)
  expect(withoutCheckpoints(experimentWith({ ...attacked, attack: { name: 'stall' } }))).toMatch(/delays updates/)
  expect(withoutCheckpoints(experimentWith({ aggregation: { name: 'module', module: './rule.ts' } }))).toMatch(
    /your own rule/,
  )
})
