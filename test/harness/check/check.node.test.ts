import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { checkExperiment } from '#harness/check/check.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearsay-check-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => vi.unstubAllEnvs())

const lines = (...text: string[]): string => `${text.join('\n')}\n`
const sound = [
  'name: sound',
  'peers: { honest: 5, byzantine: 1 }',
  'topology: { name: complete }',
  'learning: { dataset: digits, model: softmax-regression }',
  'aggregation: { name: trimmed-mean, f: 1 }',
  'attack: { name: sign-flip }',
  'rounds: { count: 3 }',
]

function write(text: string, name = 'my.yaml'): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** The problems of a text, with the folder cut from their places. */
async function problemsOf(text: string, sets: readonly string[] = []): Promise<string[]> {
  const { problems } = await checkExperiment(write(text), sets)
  return problems.map((line) => line.replaceAll(`${relative('.', folder)}/`, ''))
}

test('a sound experiment has no problem and a summary', async () => {
  const { problems, warnings, summary } = await checkExperiment(write(lines(...sound)), [])
  expect(problems).toEqual([])
  expect(warnings).toEqual([])
  expect(summary).toMatch(/^ok, 6 peers \(1 Byzantine\), 3 rounds, topology complete, rule trimmed-mean/)
})

test('every key and value that is wrong has a line with its place', async () => {
  const problems = await problemsOf(
    lines(
      'name: Not A Name',
      'peers: { honest: 5, byzantin: 1 }',
      'topology: { name: from-file, file: nowhere.txt }',
      'learning:',
      '  dataset: { folder: ./no-data }',
      '  lerningRate: 0.1',
      'aggregation: { name: medain }',
      'rounds: { count: x }',
    ),
  )
  expect(problems).toEqual([
    'my.yaml:3: topology.file: there is no file nowhere.txt',
    expect.stringMatching(/^my\.yaml:5: learning\.dataset\.folder: .*no-data: is not a folder$/),
    expect.stringMatching(/^my\.yaml:1: name: "Not A Name" is not allowed/),
    'my.yaml:2: peers.byzantin: there is no such key; did you mean byzantine?',
    'my.yaml:6: learning.lerningRate: there is no such key; did you mean learningRate?',
    expect.stringMatching(/^my\.yaml:7: aggregation\.name: "medain" .* did you mean median\?$/),
    'my.yaml:8: rounds.count: "x" is not allowed; it takes a whole number, at least 1',
  ])
})

test('every refusal of the plan has a line', async () => {
  const problems = await problemsOf(
    lines(...sound.slice(0, 4), 'aggregation:', '  name: trimmed-mean', '  f: 3', ...sound.slice(5)),
    ['faults.drop=0.1', 'runtime=processes', 'learning.localSteps=2', 'learning.localEpochs=2'],
  )
  expect(problems).toEqual([
    expect.stringMatching(/^--set learning\.localEpochs=2: learning\.localEpochs: set localEpochs or localSteps/),
    expect.stringMatching(/^--set faults\.drop=0\.1: faults\.drop: faults are injected only in runtime simulation/),
    expect.stringMatching(/^my\.yaml:5: aggregation: trimmed-mean needs n > 2f, got n=6, f=3/),
  ])
})

test('every fault of the syntax has its line', async () => {
  expect(await problemsOf('name: a\npeers: [1\nrounds: {\n')).toEqual([
    expect.stringMatching(/^my\.yaml:3: Flow sequence/),
    expect.stringMatching(/^my\.yaml:4: Flow map/),
  ])
})

test('a value from an extended file has its place there', async () => {
  write(lines(...sound.slice(0, 6), 'rounds: { count: 0 }'), 'base.yaml')
  expect(await problemsOf(lines('extends: base.yaml', 'seed: -1'))).toEqual([
    expect.stringMatching(/^my\.yaml:2: seed: -1 /),
    expect.stringMatching(/^base\.yaml:7: rounds\.count: 0 /),
  ])
})

test('each --set without a value has a line', async () => {
  expect(await problemsOf(lines(...sound), ['seed', 'rounds'])).toEqual([
    '--set seed: write path=value, such as rounds.count=50',
    '--set rounds: write path=value, such as rounds.count=50',
  ])
})

test('missing files and data have their lines beside other problems', async () => {
  vi.stubEnv('HEARSAY_DATA', join(folder, 'no-data'))
  const text = lines(...sound.slice(0, 4), 'aggregation: { module: ./nowhere.ts }', ...sound.slice(5), 'sed: 1')
  expect(await problemsOf(text, ['learning.dataset=cifar10'])).toEqual([
    'my.yaml:8: sed: there is no such key; did you mean seed?',
    'my.yaml:5: aggregation.module: there is no file ./nowhere.ts',
    expect.stringMatching(/^--set learning\.dataset=cifar10: learning\.dataset: .*hearsay data fetch cifar10/),
  ])
})

test('an own rule that a file replaces is not missed', async () => {
  write(
    lines(...sound.slice(0, 4), 'aggregation: { name: module, module: ./nowhere.ts }', ...sound.slice(5)),
    'base.yaml',
  )
  const text = lines('extends: base.yaml', 'aggregation: { name: median }', 'sed: 1')
  expect(await problemsOf(text)).toEqual(['my.yaml:3: sed: there is no such key; did you mean seed?'])
})

test('twins that cannot run, and a rule without its file, have their lines', async () => {
  const problems = await problemsOf(
    lines(
      ...sound,
      'twins:',
      '  - { name: a, label: b, set: { aggregation: medain } }',
      '  - { name: c, label: d, set: { aggregation: { module: ./nowhere.ts } } }',
    ),
  )
  expect(problems).toEqual([
    expect.stringMatching(/^my\.yaml:9: twins\.0: a: aggregation\.name: "medain" .*did you mean median\?$/),
    'my.yaml:10: twins.1: c: aggregation.module: there is no file ./nowhere.ts',
  ])
})

test('every cell of a sweep that cannot run has a line, and so has every wrong name', async () => {
  const sweep = ['sweep:', '  grid:', '    aggregation.f: [1, 3, 4]']
  expect(await problemsOf(lines(...sound, ...sweep))).toEqual([
    expect.stringMatching(/^my\.yaml:8: sweep: aggregation\.f 3, seed 1: aggregation: trimmed-mean needs n > 2f/),
    expect.stringMatching(/^my\.yaml:8: sweep: aggregation\.f 4, seed 1: aggregation: trimmed-mean needs n > 2f/),
  ])
  const skip = ['  skip:', '    - { aggregation.f: 2 }', '    - { aggregation.g: 1 }']
  expect(await problemsOf(lines(...sound, ...sweep, ...skip))).toEqual([
    expect.stringMatching(/^my\.yaml:12: sweep\.skip\.0\.aggregation\.f: there is no 2/),
    expect.stringMatching(
      /^my\.yaml:13: sweep\.skip\.1: there is no axis aggregation\.g; did you mean aggregation\.f\?/,
    ),
  ])
})

test('a sweep without problems is summed up by its runs', async () => {
  const text = lines(...sound, 'sweep: { seeds: 2, grid: { aggregation.f: [0, 1] } }')
  const { problems, summary } = await checkExperiment(write(text), [])
  expect({ problems, summary }).toEqual({ problems: [], summary: 'ok, 2 cells with 2 seeds: 4 runs, 3 rounds' })
})

test('missing data, and a model that does not fit, have their lines', async () => {
  vi.stubEnv('HEARSAY_DATA', join(folder, 'no-data'))
  expect(await problemsOf(lines(...sound), ['learning.dataset=cifar10'])).toEqual([
    expect.stringMatching(/^--set learning\.dataset=cifar10: learning\.dataset: .*hearsay data fetch cifar10/),
  ])
  expect(
    await problemsOf(lines(...sound), ['peers.honest=6000', 'topology={ name: ring }', 'aggregation.f=1']),
  ).toEqual([expect.stringMatching(/^my\.yaml:4: learning\.partition: /)])
})

test('what a run says before it starts is a warning, and so is an f that is too small', async () => {
  const ring = ['topology={ name: ring, neighbours: 4 }', 'peers={ honest: 6, byzantine: 3, placement: [0, 1, 2] }']
  const silent = await checkExperiment(write(lines(...sound)), [
    ...ring,
    'attack=stall',
    'aggregation={ name: krum, f: 1 }',
  ])
  expect(silent.problems).toEqual([])
  expect(silent.warnings).toEqual([
    expect.stringMatching(/^warning: krum with f = 1 needs 5 vectors/),
    expect.stringMatching(/have more Byzantine neighbours than their rule tolerates/),
  ])
})
