import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rules } from '#aggregation/registry.ts'
import { externalRules } from '#aggregation/rules/external.ts'
import { changeExperiment, loadExperiment } from '#harness/config/load.ts'
import { presetNames } from '#harness/config/presets.ts'
import { experimentText } from '#harness/store/text.ts'
import { datasets } from '#learning/datasets/registry.ts'
import { readDataFolder } from '#node/data/folder.ts'
import { datasetPaths, loadDataset } from '#node/data/load.ts'
import { requireFit } from '#protocol/loading/fit.ts'
import { experimentId } from '#protocol/loading/identity.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { topologies } from '#topology/registry.ts'

const ruleNames = [...rules, ...externalRules].map(({ name }) => name)

const sound = `name: sound
peers: { honest: 6 }
topology: { name: ring, neighbours: 4 }
learning: { dataset: digits }
aggregation: { name: trimmed-mean, f: 1 }
rounds: { count: 3 }
`
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearsay-load-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function write(text: string, name = 'my.yaml'): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** The error line of a refused file. */
function refusal(text: string, sets: readonly string[] = []): string {
  try {
    loadExperiment(write(text), sets)
  } catch (error) {
    if (error instanceof InputError) {
      expect(error.lines).toHaveLength(1)
      return error.message
    }
    throw error
  }
  return 'nothing was refused'
}

test('a file is read with its defaults; JSON is YAML too', () => {
  const experiment = loadExperiment(write(sound))
  expect(experiment.rounds).toEqual({ count: 3, deadlineMs: 30_000, evaluateEvery: 5 })
  expect(experiment.learning.momentum).toEqual({ beta: 0.9, dampening: 0 })
  expect(loadExperiment(write(JSON.stringify(experiment), 'my.json'))).toEqual(experiment)
})

test('every preset loads and every twin of it is an experiment', () => {
  expect(presetNames()).toContain('quickstart')
  for (const name of presetNames()) {
    const preset = loadExperiment(name)
    for (const twin of preset.twins) {
      expect(changeExperiment(preset, { twins: [], ...twin.set }, twin.name).name).toBe(preset.name)
    }
  }
})

test('extends merges section by section; another name replaces the whole section', () => {
  write(sound, 'base.yaml')
  const child = loadExperiment(
    write('extends: ./base.yaml\nrounds: { deadlineMs: 500 }\ntopology: { name: complete }\n', 'child.yaml'),
  )
  expect(child.rounds).toMatchObject({ count: 3, deadlineMs: 500 })
  expect(child.topology).toEqual({ name: 'complete' })
  expect(loadExperiment(write('extends: quickstart\nseed: 7\n')).seed).toBe(7)
})

test('--set changes one path after the other', () => {
  const experiment = loadExperiment(write(sound), ['rounds.count=50', 'peers.placement=[1, 3]', 'peers.byzantine=2'])
  expect(experiment.rounds.count).toBe(50)
  expect(experiment.peers).toEqual({ honest: 6, byzantine: 2, placement: [1, 3] })
  expect(loadExperiment(write(sound), ['seed=2', 'seed=3']).seed).toBe(3)
})

test('a plain word sets the name of a section, and keys of the old name are removed', () => {
  expect(loadExperiment(write(sound), ['aggregation=median']).aggregation).toEqual({ name: 'median', before: [] })
  expect(loadExperiment(write(sound), ['aggregation.name=median']).aggregation.name).toBe('median')
  expect(loadExperiment(write(sound), ['aggregation=krum']).aggregation).toMatchObject({ name: 'krum', f: 1 })
  expect(changeExperiment(loadExperiment(write(sound)), { topology: { name: 'complete' } }, 'twin').topology).toEqual({
    name: 'complete',
  })
})

test('a key set on the command line is never removed as a key of the old name', () => {
  expect(refusal(sound, ['aggregation=median', 'aggregation.f=1'])).toMatch(
    /^my\.yaml: aggregation\.f: there is no such key; known here: name, .*before$/,
  )
})

test.for<[string, string, readonly string[], string]>([
  ['an unknown key', `${sound}agregation: {}\n`, [], 'agregation: there is no such key; did you mean aggregation?'],
  [
    'an unknown key within a section',
    sound.replace('count: 3', 'count: 3, deadline: 9'),
    [],
    'rounds.deadline: there is no such key; did you mean deadlineMs?',
  ],
  ['an unknown key by --set', sound, ['rounds.cout=3'], 'rounds.cout: there is no such key; did you mean count?'],
  [
    'an unknown rule',
    sound.replace('trimmed-mean', 'trimed-mean'),
    [],
    `aggregation.name: "trimed-mean" is not allowed; one of ${ruleNames.join(', ')}; did you mean trimmed-mean?`,
  ],
  [
    'an unknown data set',
    sound.replace('digits', 'cifar'),
    [],
    `learning.dataset: "cifar" is not allowed; it takes one of ${datasets.map(({ name }) => name).join(', ')}, or a section { folder, sha256 }; did you mean cifar10?`,
  ],
  [
    'a value of the wrong kind',
    sound,
    ['rounds.count=many'],
    'rounds.count: "many" is not allowed; it takes a whole number, at least 1',
  ],
  ['a value out of bounds', sound, ['seed=-1'], 'seed: -1 is not allowed; it takes a whole number, at least 0'],
  [
    'a fraction out of bounds',
    sound,
    ['aggregation.f={ share: 0.7 }'],
    'aggregation.f.share: 0.7 is not allowed; it takes a number, at least 0 and at most 0.5',
  ],
  [
    'a value of neither kind',
    sound,
    ['aggregation.f=two'],
    'aggregation.f: "two" is not allowed; it takes a whole number, at least 0, or a section { share }',
  ],
  [
    'a misspelt word',
    sound,
    ['peers.placement=spraed'],
    'peers.placement: "spraed" is not allowed; it takes one of random, spread, hub, bridge, eclipse, fiedler, balanced, or a list; did you mean spread?',
  ],
  [
    'a multiple',
    sound,
    ['topology.neighbours=3'],
    'topology.neighbours: 3 is not allowed; it takes a whole number, at least 2 and a multiple of 2',
  ],
  ['a missing key', sound.replace('count: 3', ''), [], 'rounds.count: is missing; it takes a whole number, at least 1'],
  [
    'a missing section',
    sound.replace('rounds: { count: 3 }\n', ''),
    [],
    'rounds: is missing; it takes a section { count, deadlineMs, evaluateEvery, quorum }',
  ],
  [
    'a missing name',
    sound.replace('name: ring, ', ''),
    [],
    `topology.name: is missing; one of ${topologies.map(({ name }) => name).join(', ')}`,
  ],
  [
    'a name with a space',
    sound.replace('name: sound', 'name: not sound'),
    [],
    'name: "not sound" is not allowed; it takes lower-case letters, digits and hyphens',
  ],
  [
    'an f that is too large for a neighbourhood',
    sound,
    ['aggregation.f=3'],
    'aggregation: trimmed-mean needs n > 2f, got n=5, f=3 (peer 0 and its 4 neighbours)',
  ],
  [
    'a topology that does not fit',
    sound,
    ['topology.neighbours=8'],
    'topology: ring with neighbours=8 needs more than 8 peers, got n=6',
  ],
  [
    'an attack without Byzantine peers',
    `${sound}attack: { name: sign-flip }\n`,
    [],
    'peers.byzantine: attack sign-flip needs at least one Byzantine peer',
  ],
  [
    'wrong YAML',
    `${sound}seed: [1\n`,
    [],
    'Flow sequence in block collection must be sufficiently indented and end with a ] at line 8, column 1',
  ],
  ['a duplicate key', `${sound}seed: 1\nseed: 2\n`, [], 'Map keys must be unique at line 8, column 1'],
  [
    'an unresolved alias',
    `${sound}question: *what\n`,
    [],
    'Unresolved alias (the anchor must be set before the alias): what',
  ],
  ['a list', '- 1\n', [], 'an experiment is a mapping of keys, such as name, peers and topology'],
  ['an empty file', '', [], 'an experiment is a mapping of keys, such as name, peers and topology'],
  ['extends of no name', 'extends: 3\n', [], 'extends: 3 is not allowed; it takes a preset or a file'],
  [
    'a missing file of edges',
    sound.replace('ring, neighbours: 4', 'from-file, file: nowhere.txt'),
    [],
    'topology.file: there is no file nowhere.txt',
  ],
])('%s is refused in one line', ([, text, sets, line]) => {
  expect(refusal(text, sets)).toBe(`my.yaml: ${line}`)
})

test('short forms in a file, in --set and in a twin are the sections that they name', () => {
  const short = write(`name: short
peers: 25
topology: complete
learning: { dataset: digits, partition: iid, schedule: constant }
aggregation: { name: median, before: [clipping] }
attack: none
runtime: simulation
rounds: { count: 3 }
twins: [{ name: plain, label: the mean, set: { aggregation: average, attack: none } }]
`)
  const long = write(
    `name: short
peers: { honest: 25 }
topology: { name: complete }
learning: { dataset: digits, partition: { name: iid }, schedule: { name: constant } }
aggregation: { name: median, before: [{ name: clipping }] }
attack: { name: none }
runtime: { name: simulation }
rounds: { count: 3 }
twins: [{ name: plain, label: the mean, set: { aggregation: average, attack: none } }]
`,
    'long.yaml',
  )
  expect(loadExperiment(short)).toEqual(loadExperiment(long))
  expect(experimentId(loadExperiment(short))).toBe(experimentId(loadExperiment(long)))
  const { peers, aggregation } = loadExperiment(short, ['peers.byzantine=2', 'peers=20', 'aggregation=average'])
  expect(peers).toMatchObject({ honest: 20, byzantine: 2 })
  expect(aggregation).toMatchObject({ name: 'average', before: [{ name: 'clipping' }] })
})

test('a short form on top of a preset replaces the name and keeps what is not named', () => {
  const { peers, aggregation } = loadExperiment(write('extends: quickstart\npeers: 9\naggregation: median\n'))
  expect(peers).toMatchObject({ honest: 9, byzantine: loadExperiment('quickstart').peers.byzantine })
  expect(aggregation.name).toBe('median')
})

test('--set without a value, or with wrong YAML, is quoted in the error', () => {
  expect(refusal(sound, ['rounds'])).toBe('--set rounds: write path=value, such as rounds.count=50')
  expect(refusal(sound, ['seed=[1'])).toBe('--set seed=[1: Flow sequence must end with a ] at line 1, column 3')
})

test('--set cannot reach behind the experiment', () => {
  expect(refusal(sound, ['__proto__.polluted=1'])).toBe('__proto__.polluted: there is no such key')
  expect(refusal(sound, ['constructor.prototype.polluted=1'])).toMatch(/^my\.yaml: constructor: there is no such key; /)
  expect('polluted' in {}).toBe(false)
})

test('the error for a missing file or preset lists the presets and the nearest name', () => {
  const told = `there is no such file or preset; presets: ${presetNames().join(', ')}`
  expect(() => loadExperiment('quickstrat')).toThrow(`quickstrat: ${told}; did you mean quickstart?`)
  expect(refusal('extends: quickstrat\n')).toBe(`quickstrat: ${told}; did you mean quickstart?`)
})

test('files that extend each other are refused', () => {
  mkdirSync(folder, { recursive: true })
  write('extends: ./my.yaml\n', 'other.yaml')
  expect(refusal('extends: ./other.yaml\n')).toBe('./my.yaml: extends itself through my.yaml, other.yaml')
})

test('several problems are reported together: five, and how many more there are', () => {
  const many = sound.replace('count: 3', 'a: 1, b: 2, c: 3, d: 4, e: 5, f: 6')
  expect(() => loadExperiment(write(many))).toThrow(InputError)
  try {
    loadExperiment(write(many))
  } catch (error) {
    expect((error as InputError).lines.slice(0, 5)).toSatisfy((lines: string[]) =>
      lines.every((line) => /rounds/.test(line)),
    )
    expect((error as InputError).lines.slice(5)).toEqual(['2 more problems; hearsay check lists all'])
  }
})

test('a file of edges, a list or GraphML, is read into the experiment with its weights', () => {
  write('0 1 0.25\n1 2 0.25\n2 3 0.25\n3 0 0.25\n4 0 0.1\n5 0 0.1\n', 'edges.txt')
  const edges = [
    [0, 1],
    [0, 3],
    [0, 4],
    [0, 5],
    [1, 2],
    [2, 3],
  ]
  const body = edges.map(([a, b]) => `<edge source="n${a}" target="n${b}"/>`).join('')
  const nodes = edges.map((_, i) => `<node id="n${i}"/>`).join('')
  write(`<?xml version="1.0"?><graphml><graph edgedefault="undirected">${nodes}${body}</graph></graphml>`, 'g.graphml')
  const from = (topology: string) =>
    loadExperiment(write(sound.replace('ring, neighbours: 4', topology).replace('trimmed-mean, f: 1', 'average')))
      .topology
  expect(from('from-file, file: edges.txt, weights: from-file')).toEqual({
    name: 'from-file',
    weights: 'from-file',
    edges: edges.map(([a, b]) => [a, b, (b ?? 0) > 3 ? 0.1 : 0.25]),
  })
  expect(from('from-file, file: g.graphml')).toEqual({ name: 'from-file', edges })
  expect(() => from('from-file, file: g.graphml, weights: from-file')).toThrow(
    'topology: from-file has no weights of its own at these parameters, got weights=from-file',
  )
})

/** The shipped digits as a folder of the user's own. */
function ownData(name: string): string {
  const path = join(folder, name)
  mkdirSync(path)
  const usual = ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1']
  Object.values(datasetPaths(datasets[0])).forEach((file, i) => {
    cpSync(file, join(path, `${usual[i]}-ubyte.gz`))
  })
  return path
}

test('a data folder is relative to its file, has a digest, and is found again from a resolved file', () => {
  const data = ownData('own-data')
  mkdirSync(join(folder, 'deep', 'run'), { recursive: true })
  const text = sound.replace('dataset: digits', 'dataset: { folder: ../own-data }')
  const experiment = loadExperiment(write(text, join('deep', 'own.yaml')))
  const sha256 = readDataFolder(data).sha256
  expect(experiment.learning.dataset).toEqual({ folder: relative('.', data), sha256 })

  const resolved = write(
    experimentText(experiment, join(folder, 'deep', 'run')),
    join('deep', 'run', 'experiment.yaml'),
  )
  expect(readFileSync(resolved, 'utf8')).toContain('folder: ../../own-data\n')
  expect(readFileSync(resolved, 'utf8')).not.toContain(folder)
  expect(loadExperiment(resolved)).toEqual(experiment)

  // The same data elsewhere is the same experiment.
  renameSync(data, join(folder, 'moved'))
  const moved = loadExperiment(resolved, [`learning.dataset.folder=${join(folder, 'moved')}`])
  expect(experimentId(moved)).toBe(experimentId(experiment))
  expect(experimentId(loadExperiment(write(sound)))).not.toBe(experimentId(experiment))
  // A file that extends it with another folder does not inherit the digest.
  const heir = write(
    'extends: experiment.yaml\nlearning: { dataset: { folder: ../../moved } }\n',
    join('deep', 'run', 'heir.yaml'),
  )
  expect(loadExperiment(heir).learning.dataset).toEqual({ folder: relative('.', join(folder, 'moved')), sha256 })
})

test('a missing data folder, or one without data, is refused in one line', () => {
  const asked = (path: string) => sound.replace('dataset: digits', `dataset: { folder: ${path} }`)
  expect(refusal(asked('nowhere'))).toMatch(/^my.yaml: learning.dataset.folder: .*nowhere: is not a folder$/)
  expect(refusal(asked('.'))).toMatch(/^my.yaml: learning.dataset.folder: .*: holds no data set: it needs train-images/)
  expect(refusal(sound.replace('dataset: digits', 'dataset: { path: x }'))).toMatch(
    /^my.yaml: learning.dataset.*folder/,
  )
})

test('images that do not fit the model or the number of peers are refused in one line', async () => {
  const digits = await loadDataset('digits')
  const cnn = loadExperiment(write(sound), ['learning.model=cnn'])
  expect(() => requireFit(cnn, digits)).toThrow('sound: learning.model: cnn needs images of 32x32x3 or 28x28 pixels')
  const many = loadExperiment(write(sound), ['peers.honest=2000'])
  expect(() => requireFit(many, digits)).toThrow(/^sound: learning.partition: iid cannot give each of 2000 peers/)
  expect(() => requireFit(loadExperiment(write(sound)), digits)).not.toThrow()
})
