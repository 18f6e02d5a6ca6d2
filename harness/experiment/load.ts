import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import type { z } from 'zod'
import { packageFolder } from '#node/data.ts'
import { readDataFolder } from '#node/data-folder.ts'
import { type Experiment, experimentSchema } from '#protocol/experiment/schema.ts'
import { planOf } from '#protocol/plan/plan.ts'
import { PlanError } from '#protocol/plan/plan-error.ts'
import { parseEdgeList } from '#topology/topologies/from-file.ts'
import { parseGraphml } from './graphml.ts'
import { InputError } from './input-error.ts'
import { explainIssue, knownKeys, nearest } from './schema-guide.ts'

type Json = Record<string, unknown>

/** A problem is told in at most this many lines. */
const mostLines = 5

/** The presets that ship with Hearsay, by name. */
export function presetNames(): string[] {
  return readdirSync(presetFolder())
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort()
}

/**
 * Reads an experiment: a YAML or JSON file or the name of a preset, what it `extends`, and `--set path=value`
 * changes in their order. Throws InputError with one line a problem.
 */
export function loadExperiment(source: string, sets: readonly string[] = []): Experiment {
  const { value, file, folder } = read(source, [])
  return complete(value, sets.map(parseSet), file, folder)
}

/** An experiment that is to be run by itself: one with a sweep is refused. */
export function loadSingle(source: string, sets: readonly string[] = []): Experiment {
  const experiment = loadExperiment(source, sets)
  if (experiment.sweep) throw new InputError(`${source}: is a sweep; run it with: hearsay sweep ${source}`)
  return experiment
}

/** An experiment with some paths changed, as the twins of a run are made. */
export function changeExperiment(
  experiment: Experiment,
  changes: Readonly<Record<string, unknown>>,
  label: string,
): Experiment {
  const base = structuredClone(experiment) as unknown as Json
  return complete(base, Object.entries(changes), label)
}

function complete(
  base: Json,
  changes: readonly (readonly [string, unknown])[],
  where: string,
  folder = '.',
): Experiment {
  const changed: string[] = []
  for (const [path, value] of changes) setPath(base, path, value, changed)
  nameExternalRule(base)
  readEdges(base, where, folder)
  identifyData(base, where)
  let parsed = experimentSchema.safeParse(base)
  // A new name has its own parameters: those of the old one, left over in a changed section, go.
  for (let pass = 0; pass < 3 && !parsed.success; pass++) {
    if (!dropLeftovers(base, changed, changes, parsed.error.issues)) break
    parsed = experimentSchema.safeParse(base)
  }
  if (!parsed.success) {
    const lines = parsed.error.issues.flatMap((issue) => explainIssue(issue, base))
    throw new InputError(lines.slice(0, mostLines).map((line) => `${where}: ${line}`))
  }
  try {
    planOf(parsed.data)
  } catch (error) {
    if (error instanceof PlanError) throw new InputError(`${where}: ${error.path}: ${error.message}`)
    throw error
  }
  return parsed.data
}

function dropLeftovers(
  base: Json,
  changed: readonly string[],
  changes: readonly (readonly [string, unknown])[],
  issues: readonly z.core.$ZodIssue[],
): boolean {
  let dropped = false
  for (const issue of issues) {
    if (issue.code !== 'unrecognized_keys' || !changed.includes(issue.path.join('.'))) continue
    let section: unknown = base
    for (const key of issue.path) section = (section as Record<PropertyKey, unknown>)[key]
    for (const key of issue.keys) {
      // What was asked for by its own path is no leftover.
      if (changes.some(([path]) => path === [...issue.path, key].join('.'))) continue
      delete (section as Json)[key]
      dropped = true
    }
  }
  return dropped
}

function read(source: string, seen: readonly string[]): { value: Json; file: string; folder: string } {
  const path = locate(source, seen.at(-1))
  if (seen.includes(path))
    throw new InputError(`${source}: extends itself by way of ${seen.map((file) => basename(file)).join(', ')}`)
  const name = basename(path)
  const folder = dirname(path)
  const document = parseDocument(readFileSync(path, 'utf8'))
  const value = readYaml(document, name)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError(`${name}: an experiment is a mapping of keys, such as name, peers and topology`)
  }
  const { extends: parent, ...own } = fromHere(value as Json, folder)
  if (parent === undefined) return { value: own, file: name, folder }
  if (typeof parent !== 'string') {
    throw new InputError(`${name}: extends: ${JSON.stringify(parent)} is not allowed; it takes a preset or a file`)
  }
  return { value: merge(read(parent, [...seen, path]).value, own), file: name, folder }
}

function locate(source: string, from: string | undefined): string {
  const asFile = from ? resolve(dirname(from), source) : resolve(source)
  if (existsSync(asFile) && /\.(ya?ml|json)$/.test(asFile)) return asFile
  const preset = join(presetFolder(), `${source.replace(/^presets\//, '')}.yaml`)
  if (/^(presets\/)?[a-z0-9-]+$/.test(source) && existsSync(preset)) return preset
  const like = nearest(source, presetNames())
  throw new InputError(
    `${source}: there is no such file or preset; presets: ${presetNames().join(', ')}${like ? `; did you mean ${like}?` : ''}`,
  )
}

function presetFolder(): string {
  return join(packageFolder(), 'harness', 'presets')
}

/** Sections are merged key by key, except that a section with another `name` replaces the whole. */
function merge(base: Json, own: Json): Json {
  const merged: Json = { ...base }
  for (const [key, value] of Object.entries(own)) {
    const old = merged[key]
    const both = isSection(old) && isSection(value)
    merged[key] = both && (value.name === undefined || value.name === old.name) ? merge(old, value) : value
  }
  return merged
}

function isSection(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseSet(text: string): [string, unknown] {
  const equals = text.indexOf('=')
  if (equals < 1) throw new InputError(`--set ${text}: write path=value, such as rounds.count=50`)
  return [text.slice(0, equals), readYaml(parseDocument(text.slice(equals + 1)), `--set ${text}`)]
}

/** What a YAML document says; InputError for wrong grammar and for aliases that lead nowhere or too far. */
function readYaml(yaml: ReturnType<typeof parseDocument>, where: string): unknown {
  const [problem] = yaml.errors
  if (problem) throw new InputError(`${where}: ${problem.message.split('\n')[0]?.replace(/:$/, '')}`)
  try {
    return yaml.toJS()
  } catch (error) {
    if (error instanceof ReferenceError) throw new InputError(`${where}: ${error.message}`)
    throw error
  }
}

/** Sets one path; a plain word for a section means its name (`aggregation=median`). */
function setPath(root: Json, path: string, value: unknown, changed: string[]): void {
  const keys = path.split('.')
  if (keys.includes('__proto__')) throw new InputError(`${path}: there is no such key`)
  const last = keys.pop() as string
  let section: Json = root
  for (const key of keys) {
    if (!Object.hasOwn(section, key) || !isSection(section[key])) section[key] = {}
    section = section[key] as Json
  }
  const old = section[last]
  if (typeof value === 'string' && takesName(old, [...keys, last], root)) {
    section[last] = { ...(old as Json | undefined), name: value }
    changed.push(path)
    return
  }
  section[last] = value
  if (last === 'name' && keys.length > 0) changed.push(keys.join('.'))
}

/** Whether what stands at a path, or may stand there, is a section with a name. */
function takesName(old: unknown, path: readonly string[], root: Json): boolean {
  return old === undefined ? knownKeys(path, root).includes('name') : isSection(old) && 'name' in old
}

/** `topology: { name: from-file, file }`, relative to the experiment's own file, is read here, so that a resolved experiment stands alone. */
function readEdges(root: Json, where: string, folder: string): void {
  const { topology } = root
  if (!isSection(topology) || topology.name !== 'from-file' || typeof topology.file !== 'string') return
  const file = resolve(folder, topology.file)
  if (!existsSync(file)) throw new InputError(`${where}: topology.file: there is no file ${topology.file}`)
  try {
    const text = readFileSync(file, 'utf8')
    const { file: _, ...rest } = topology
    root.topology = { ...rest, edges: /^\s*<|^\uFEFF\s*</.test(text) ? parseGraphml(text) : parseEdgeList(text) }
  } catch (error) {
    if (error instanceof RangeError) throw new InputError(`${where}: topology.file: ${topology.file}: ${error.message}`)
    throw error
  }
}

/**
 * A data folder is relative to the file that names it; from here on to the working directory. A digest is that of this
 * folder: one of a file that this one extends is left behind.
 */
function fromHere(value: Json, folder: string): Json {
  const { learning } = value
  if (!isSection(learning) || !isSection(learning.dataset) || typeof learning.dataset.folder !== 'string') return value
  const { sha256, folder: written, ...rest } = learning.dataset
  const dataset = { ...rest, folder: relative('.', resolve(folder, String(written))) || '.', sha256 }
  return { ...value, learning: { ...learning, dataset } }
}

/** What is in a data folder belongs to a resolved experiment, so that a run tells when it is repeated on other data. */
function identifyData(root: Json, where: string): void {
  const { learning } = root
  if (!isSection(learning) || !isSection(learning.dataset)) return
  const { dataset } = learning
  if (typeof dataset.folder !== 'string' || dataset.sha256 !== undefined) return
  try {
    learning.dataset = { ...dataset, sha256: readDataFolder(dataset.folder).sha256 }
  } catch (error) {
    if (error instanceof RangeError) throw new InputError(`${where}: learning.dataset.folder: ${error.message}`)
    throw error
  }
}

/** `aggregation: { command: [...] }` and `{ module: FILE }` need no name beside it. */
function nameExternalRule(root: Json): void {
  const { aggregation } = root
  if (!isSection(aggregation) || aggregation.name !== undefined) return
  for (const name of ['command', 'module']) if (name in aggregation) root.aggregation = { name, ...aggregation }
}
