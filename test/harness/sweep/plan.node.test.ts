import { expect, test } from 'vitest'
import { changeExperiment, loadExperiment } from '#harness/config/load.ts'
import { planSweep, shardOf } from '#harness/sweep/plan.ts'
import { metricNames } from '#protocol/experiment/metric-names.ts'
import { InputError } from '#protocol/loading/input-error.ts'

/** Plans a sweep over a small base on digits; `sweep` is the section of the file. */
function plan(sweep: object, changes: Record<string, unknown> = {}, options = { twins: false }) {
  const { twins: _, ...preset } = loadExperiment('little-in-40-rounds')
  const base = changeExperiment(
    { ...preset, twins: [{ name: 'other', label: 'another rule', set: { aggregation: 'median' } }] },
    { name: 'base', 'learning.dataset': 'digits', 'rounds.count': 4, ...changes, sweep },
    'base.yaml',
  )
  return planSweep(base, 'base.yaml', options)
}

function refusal(sweep: object): string[] {
  try {
    plan(sweep)
  } catch (error) {
    if (error instanceof InputError) return [...error.lines]
    throw error
  }
  return []
}

const labels = (planned: ReturnType<typeof plan>) =>
  planned.plan.cells.map(({ coordinates }) => Object.values(coordinates).join(' '))

test('a grid combines all values, the last axis fastest; every cell runs with every seed', () => {
  const planned = plan({ seeds: 2, grid: { aggregation: ['median', 'krum'], 'attack.z': [0.5, 1] } })
  expect(labels(planned)).toEqual(['median 0.5', 'median 1', 'krum 0.5', 'krum 1'])
  expect(planned.plan.axes).toEqual([
    { name: 'aggregation', labels: ['median', 'krum'] },
    { name: 'attack.z', labels: ['0.5', '1'] },
  ])
  expect(planned.plan.runs.map(({ cell, seed }) => [cell, seed])).toEqual([
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 1],
    [0, 2],
    [1, 2],
    [2, 2],
    [3, 2],
  ])
  const last = planned.tasks.at(-1)?.experiment
  expect(last).toMatchObject({ seed: 2, name: 'base-krum-1', aggregation: { name: 'krum', f: 2 }, attack: { z: 1 } })
  expect(last).not.toHaveProperty('sweep')
  expect(last?.twins).toEqual([])
})

test('a list of grids joins their cells; an axis of several grids is one axis, without skipped labels', () => {
  const planned = plan({
    grid: [
      { part: [{ label: 'rules', set: {} }], aggregation: ['median', 'krum'], 'attack.z': [1] },
      { part: [{ label: 'factors', set: {} }], aggregation: ['krum'], 'attack.z': [0.5, 1, 2] },
    ],
    skip: [{ 'attack.z': 2 }],
  })
  expect(labels(planned)).toEqual(['rules median 1', 'rules krum 1', 'factors krum 0.5', 'factors krum 1'])
  expect(planned.plan.axes).toEqual([
    { name: 'part', labels: ['rules', 'factors'] },
    { name: 'aggregation', labels: ['median', 'krum'] },
    { name: 'attack.z', labels: ['1', '0.5'] },
  ])
  // Two cells with the same experiment share a run.
  expect(planned.tasks).toHaveLength(3)
  const other = (set: object) => ({ rule: [{ label: 'krum', set }] })
  expect(refusal({ grid: [other({ aggregation: 'krum' }), other({ aggregation: 'median' })] })).toEqual([
    'base.yaml: sweep.grid.1.rule: krum has another meaning in another grid',
  ])
})

test('axes of a zip group vary together, and the group is combined with the grid', () => {
  const planned = plan({
    grid: { aggregation: ['median', 'krum'] },
    zip: [{ 'peers.honest': [6, 9], 'attack.z': [1, 1.5] }],
  })
  expect(labels(planned)).toEqual(['median 6 1', 'median 9 1.5', 'krum 6 1', 'krum 9 1.5'])
  expect(planned.tasks[1]?.experiment).toMatchObject({ peers: { honest: 9 }, attack: { z: 1.5 } })
})

test('cells of a list follow the combinations, and skip removes combinations', () => {
  const planned = plan({
    grid: { aggregation: ['median', 'krum'], attack: ['sign-flip', { label: 'no attack', set: { attack: 'none' } }] },
    list: [{ label: 'alone', set: { exchange: 'none', attack: 'none' } }],
    skip: [{ aggregation: 'krum', attack: 'no attack' }],
  })
  expect(planned.plan.cells.map(({ coordinates }) => coordinates)).toEqual([
    { aggregation: 'median', attack: 'sign-flip' },
    { aggregation: 'median', attack: 'no attack' },
    { aggregation: 'krum', attack: 'sign-flip' },
    { list: 'alone' },
  ])
  expect(planned.tasks.map(({ experiment: { exchange } }) => exchange)).toEqual([
    'gradients',
    'gradients',
    'gradients',
    'none',
  ])
})

test("seeds are a list, or a count that starts at the experiment's seed; without axes there is one cell", () => {
  expect(plan({ seeds: [7, 3] }).plan.seeds).toEqual([7, 3])
  const planned = plan({ seeds: 3 }, { seed: 5 })
  expect(planned.plan.seeds).toEqual([5, 6, 7])
  expect(planned.plan.cells).toEqual([{ coordinates: {}, changes: {} }])
  expect(planned.tasks.map(({ experiment: { name, seed } }) => [name, seed])).toEqual([
    ['base', 5],
    ['base', 6],
    ['base', 7],
  ])
})

test('cells with the same experiment share one run', () => {
  const planned = plan({
    list: [
      { label: 'as it is', set: {} },
      { label: 'less', set: { 'attack.z': 1 } },
      { label: 'the same in words', set: { 'attack.z': 1.5 } },
    ],
  })
  expect(planned.plan.runs).toHaveLength(3)
  expect(planned.tasks).toHaveLength(2)
  const [first, , third] = planned.plan.runs
  expect(third).toEqual({ ...first, cell: 2 })
})

test('cells with different expectations do not share a run', () => {
  const expecting = (atLeast: number) => ({
    label: String(atLeast),
    set: { expect: [{ metric: 'accuracy.mean', atLeast }] },
  })
  expect(plan({ grid: { bar: [expecting(0.1), expecting(0.9)] } }).tasks).toHaveLength(2)
})

test('the shards of a sweep are disjoint and cover all of it', () => {
  const { tasks } = plan({ seeds: 3, grid: { aggregation: ['median', 'krum'], 'attack.z': [0.5, 1] } })
  const shards = [1, 2, 3, 4, 5].map((index) => shardOf(tasks, { index, of: 5 }))
  expect(shards.flat()).toHaveLength(tasks.length)
  expect(new Set(shards.flat())).toEqual(new Set(tasks))
  expect(shards.map((shard) => shard.length)).toEqual([3, 3, 2, 2, 2])
})

test('the name of the folder depends on the runs, not on figures and hypotheses', () => {
  const grid = { aggregation: ['median', 'krum'] }
  const { folder } = plan({ grid })
  const figures = [{ kind: 'curves', title: 'rules', lines: 'aggregation' }]
  expect(folder).toMatch(/^base-[0-9a-f]{8}$/)
  expect(plan({ grid, figures }).folder).toBe(folder)
  expect(plan({ grid, seeds: 2 }).folder).not.toBe(folder)
  expect(plan({ grid }, { 'rounds.count': 5 }).folder).not.toBe(folder)
})

test('twins run only on request', () => {
  expect(plan({ seeds: 1 }, {}, { twins: true }).tasks[0]?.experiment.twins).toHaveLength(1)
})

test('an experiment without a sweep is refused with the command that runs it', () => {
  expect(() => planSweep(loadExperiment('quickstart'), 'quickstart', { twins: false })).toThrow(
    'quickstart: has no sweep section; run it with: hearsay run quickstart',
  )
})

test.for<[string, object, string[]]>([
  [
    'a cell that cannot run',
    { seeds: 2, grid: { aggregation: ['median', 'krum'], 'aggregation.f': [2, 4] }, skip: [{ aggregation: 'median' }] },
    [
      'aggregation krum, aggregation.f 4, seed 1: aggregation: krum needs n > 2f + 2 (n > 2f with neighbours n-f-1 or n-f), got n=8, f=4 (peer 0 and its 7 neighbours)',
    ],
  ],
  [
    'an unknown path',
    { grid: { 'rounds.cout': [3] } },
    ['rounds.cout 3, seed 1: rounds.cout: there is no such key; did you mean count?'],
  ],
  [
    'many cells that cannot run',
    { grid: { 'rounds.count': [0, -1, -2, -3, -4, -5, -6] } },
    [
      ...[0, -1, -2, -3, -4].map(
        (count) =>
          `rounds.count ${count}, seed 1: rounds.count: ${count} is not allowed; it takes a whole number, at least 1`,
      ),
      '2 more cells cannot run',
    ],
  ],
  ['a seed axis', { grid: { seed: [1, 2] } }, ['sweep.grid.seed: set the seeds of all cells with sweep.seeds']],
  [
    'an axis that occurs twice',
    { grid: { 'attack.z': [1] }, zip: [{ 'attack.z': [2] }] },
    ['sweep.zip.0.attack.z: there is another axis of this name'],
  ],
  [
    'a zip of unequal axes',
    { zip: [{ 'attack.z': [1, 2], 'peers.honest': [6] }] },
    ['sweep.zip.0: axes of one zip group need the same number of values, got 2, 1'],
  ],
  [
    'two values with one label',
    { grid: { 'attack.z': [1, '1'] } },
    ['sweep.grid.attack.z: two values have the label 1; give them different labels with { label, set }'],
  ],
  [
    'a labelled value with a wrong key',
    { grid: { rule: [{ label: 'median', sett: {} }] } },
    ['sweep.grid.rule: write a labelled value as { label: TEXT, set: { path: value } }, without other keys'],
  ],
  [
    'a skip of an unknown axis',
    { grid: { aggregation: ['median'] }, skip: [{ agregation: 'median' }] },
    ['sweep.skip.0: there is no axis agregation; did you mean aggregation?'],
  ],
  [
    'a hypothesis about an unknown label',
    {
      grid: { aggregation: ['median', 'krum'] },
      hypotheses: [
        {
          id: 'H1',
          claim: 'Krum loses',
          metric: 'accuracy.mean',
          contrast: { of: { aggregation: 'krun' }, against: { aggregation: 'median' } },
          direction: 'less',
          minEffect: 0.01,
        },
      ],
    },
    ['sweep.hypotheses.0.contrast.of.aggregation: there is no krun; did you mean krum?'],
  ],
  [
    'a figure of an unknown axis',
    { grid: { aggregation: ['median'] }, figures: [{ kind: 'curves', title: 'rules', lines: 'zzz' }] },
    ['sweep.figures.0.lines: there is no axis zzz; axes: aggregation'],
  ],
  [
    'a figure of an unknown metric',
    {
      grid: { aggregation: ['median'], 'attack.z': [1] },
      figures: [{ kind: 'heatmap', title: 'rules', metric: 'accuracy.men', rows: 'aggregation', columns: 'attack.z' }],
    },
    [
      `sweep.figures.0.metric: "accuracy.men" is not allowed; one of ${metricNames.join(', ')}; did you mean accuracy.mean?`,
    ],
  ],
  [
    'a published number of an unknown metric',
    { grid: { aggregation: ['median'] }, published: [{ where: {}, metric: 'best', value: 1, source: 'us' }] },
    [`sweep.published.0.metric: "best" is not allowed; one of ${metricNames.join(', ')}; did you mean accuracy.best?`],
  ],
  [
    'a line figure over an axis without numbers',
    {
      grid: { aggregation: ['median', 'krum'] },
      figures: [{ kind: 'line', title: 'rules', metric: 'accuracy.mean', x: 'aggregation' }],
    },
    [
      'sweep.figures.0.x: axis aggregation needs numeric labels, but median is not a number; narrow the cells with where',
    ],
  ],
  [
    'a heat map of one axis',
    {
      grid: { aggregation: ['median', 'krum'] },
      figures: [{ kind: 'heatmap', title: 'r', metric: 'accuracy.mean', rows: 'aggregation', columns: 'aggregation' }],
    },
    ['sweep.figures.0: rows and columns are both axis aggregation; use two different axes'],
  ],
  [
    'a skip of every cell',
    { grid: { aggregation: ['median'] }, skip: [{ aggregation: 'median' }] },
    ['sweep.skip: leaves out every cell'],
  ],
])('%s is told in one line', ([, sweep, lines]) => {
  expect(refusal(sweep)).toEqual(lines.map((line) => `base.yaml: ${line}`))
})
