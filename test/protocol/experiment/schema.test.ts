import { expect, test } from 'vitest'
import { rules } from '#aggregation/registry.ts'
import { attacks } from '#attacks/registry.ts'
import { experimentSchema } from '#protocol/experiment/schema.ts'
import { topologies } from '#topology/registry.ts'

const least = {
  name: 'least',
  peers: { honest: 3 },
  topology: { name: 'complete' },
  learning: { dataset: 'digits' },
  aggregation: { name: 'average' },
  rounds: { count: 1 },
}

test('a file needs six keys, the others have defaults, and a parsed experiment parses to itself', () => {
  const experiment = experimentSchema.parse(least)
  expect(experiment).toMatchObject({
    seed: 1,
    peers: { byzantine: 0, placement: 'random' },
    learning: { partition: { name: 'iid' }, batchSize: 32, localSteps: 1, momentum: { beta: 0.9, dampening: 0 } },
    exchange: 'models',
    dissemination: 'direct',
    attack: { name: 'none' },
    commitments: 'off',
    rounds: { deadlineMs: 30_000, evaluateEvery: 5 },
    faults: { churn: 0, drop: 0, delayMs: 0, computeMs: 0 },
    runtime: { name: 'simulation' },
    expect: [],
    twins: [],
  })
  expect(experimentSchema.parse(experiment)).toEqual(experiment)
})

test.for(Object.keys(least))('%s cannot be left out', (key) => {
  const { [key as keyof typeof least]: _, ...rest } = least
  expect(experimentSchema.safeParse(rest).error?.issues.map(({ path }) => path[0])).toEqual([key])
})

test.for(['peers', 'topology', 'learning', 'aggregation', 'rounds'] as const)(
  'unknown keys in %s are errors',
  (key) => {
    const result = experimentSchema.safeParse({ ...least, [key]: { ...least[key], colour: 'blue' } })
    expect(result.error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: ['colour'], path: [key] }])
  },
)

test('every rule, attack and topology of the registries is a choice of the schema', () => {
  const refused = (section: string, name: string): boolean =>
    experimentSchema
      .safeParse({ ...least, [section]: { name } })
      .error?.issues.some(({ path }) => path[0] === section && path.at(-1) === 'name') ?? false
  for (const { name } of rules) expect(refused('aggregation', name)).toBe(false)
  for (const { name } of attacks) expect(refused('attack', name)).toBe(false)
  for (const { name } of topologies) expect(refused('topology', name)).toBe(false)
  for (const section of ['aggregation', 'attack', 'topology']) expect(refused(section, 'nonsense')).toBe(true)
})
