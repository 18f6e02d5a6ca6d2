import { parseDocument } from 'yaml'
import type * as z from 'zod'
import { parseEdgeList } from '#topology/topologies/from-file.ts'
import { type Experiment, experimentSchema } from '../experiment/schema.ts'
import { planOf, planRefusals } from '../plan/plan.ts'
import { PlanError, refusalsOf, withPath } from '../plan/plan-error.ts'
import { parseGraphml } from './graphml.ts'
import { gather, InputError } from './input-error.ts'
import { explainIssue } from './issues.ts'
import { nearest } from './nearest.ts'
import { experimentJsonSchema } from './schema-guide.ts'
import { expand, writtenOut } from './short-forms.ts'

type Json = Record<string, unknown>

/** How a loader tells what is wrong with an experiment. */
export interface Telling {
  /** Maximum number of lines in an InputError about an experiment. */
  readonly maxLines: number
  /** What stands before a problem: the experiment in words (`where`) and the path of the value. */
  place(where: string, path: readonly PropertyKey[]): string
  /** What the plan refuses. */
  refusals(experiment: Experiment): readonly PlanError[]
}

/** Every problem, with the path of its value; of the plan's refusals all. */
export const thoroughly: Telling = {
  maxLines: Number.POSITIVE_INFINITY,
  place: (where, path) => [where, ...(path.length > 0 ? [path.join('.')] : [])].join(': '),
  refusals: planRefusals,
}

/** A few lines; of the plan's refusals the first. */
const briefly: Telling = {
  ...thoroughly,
  maxLines: 5,
  refusals: (experiment) => refusalsOf(() => void planOf(experiment)),
}

/** Reads experiments and the files that they name. */
export interface ExperimentFiles {
  /** Names of the presets that ship with Hearsay, in alphabetical order. */
  presetNames(): readonly string[]
  /** The file (relative to `folder`) or preset that `source` names; undefined if it does not exist. */
  experiment(source: string, folder: string): ExperimentFile | undefined
  /** The text of a file that an experiment in `folder` names; undefined if none. Throws InputError if unreadable. */
  text(path: string, folder: string): string | undefined
  /** The path, from the working directory, of a data folder that an experiment in `folder` names. */
  dataFolder(path: string, folder: string): string
  /** Loads the file of a user's own attack into this process. Throws RangeError if it cannot. */
  ownAttack(file: string): void
  /** SHA-256 (hex) of the content of a data folder. Throws RangeError if a file is missing or malformed. */
  dataDigest(folder: string): string
}

export interface ExperimentFile {
  /** Unique to this file. */
  readonly path: string
  /** Name in messages. */
  readonly name: string
  readonly folder: string
  readonly text: string
}

export interface ExperimentLoader {
  /**
   * Reads an experiment from a YAML file, a JSON file or a preset. Reads the files that it `extends`, then applies
   * `--set path=value` changes in their order. Throws InputError with one line per problem.
   */
  loadExperiment(source: string, sets?: readonly string[]): Experiment
  /**
   * An experiment from a value with the keys of a file. Paths in it are relative to the working directory. Throws
   * InputError as loadExperiment does, with `where` in place of the file's name.
   */
  loadValue(value: unknown, where: string): Experiment
  /** Like loadExperiment, but throws InputError for an experiment with a sweep. */
  loadSingle(source: string, sets?: readonly string[]): Experiment
  /** The experiment with the values at some paths changed, such as a twin of a run. */
  changeExperiment(experiment: Experiment, changes: Readonly<Record<string, unknown>>, label: string): Experiment
}

export function createLoader(files: ExperimentFiles, telling: Telling = briefly): ExperimentLoader {
  const loadExperiment = (source: string, sets: readonly string[] = []): Experiment => {
    const { value, file, folder } = read(files, source, [])
    return complete(files, telling, value, gather(sets, parseSet), file, folder)
  }
  return {
    loadExperiment,
    loadValue(value, where) {
      const here = { name: where, folder: '.' }
      return complete(files, telling, inherit(files, structuredClone(value), here, []), [], where)
    },
    loadSingle(source, sets) {
      const experiment = loadExperiment(source, sets)
      if (experiment.sweep) throw new InputError(`${source}: is a sweep; run it with: hearsay sweep ${source}`)
      return experiment
    },
    changeExperiment(experiment, changes, label) {
      const base = structuredClone(experiment) as unknown as Json
      return complete(files, telling, base, Object.entries(changes), label)
    },
  }
}

function complete(
  files: ExperimentFiles,
  telling: Telling,
  base: Json,
  changes: readonly (readonly [string, unknown])[],
  where: string,
  folder = '.',
): Experiment {
  const changed: string[] = []
  for (const [path, value] of changes) setPath(base, path, value, changed)
  nameOwnCode(base)
  const place = (path: readonly PropertyKey[]): string => telling.place(where, path)
  const told = ({ path, message }: PlanError): string => `${place(path.split('.'))}: ${message}`
  const edges = refusalsOf(() => readEdges(files, base, folder))
  const attack = refusalsOf(() => loadAttack(files, base))
  const problems = [...edges, ...attack, ...refusalsOf(() => identifyData(files, base))].map(told)
  let parsed = experimentSchema.safeParse(base)
  // A new name has its own parameters: remove the parameters of the old name from the changed section.
  for (let pass = 0; pass < 3 && !parsed.success; pass++) {
    if (!dropLeftovers(base, changed, changes, parsed.error.issues)) break
    parsed = experimentSchema.safeParse(base)
  }
  // Without its file the topology has no edges to check; that is said already.
  const issues = parsed.error?.issues.filter(({ path }) => edges.length === 0 || path[0] !== 'topology') ?? []
  problems.push(...issues.flatMap((issue) => explainIssue(issue, base, experimentJsonSchema(), place)))
  if (parsed.success && edges.length === 0 && attack.length === 0)
    problems.push(...telling.refusals(parsed.data).map(told))
  if (parsed.success && problems.length === 0) return parsed.data
  throw new InputError(firstOf(problems, telling.maxLines))
}

/** The first problems; the last line says how many more there are. */
function firstOf(problems: readonly string[], maxLines: number): string[] {
  const more = problems.length - maxLines
  if (more <= 0) return [...problems]
  return [...problems.slice(0, maxLines), `${more} more ${more === 1 ? 'problem' : 'problems'}; hearsay check says all`]
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
      // A key that --set names is no leftover.
      if (changes.some(([path]) => path === [...issue.path, key].join('.'))) continue
      delete (section as Json)[key]
      dropped = true
    }
  }
  return dropped
}

function read(
  files: ExperimentFiles,
  source: string,
  seen: readonly ExperimentFile[],
): { value: Json; file: string; folder: string } {
  const from = files.experiment(source, seen.at(-1)?.folder ?? '.')
  if (!from) {
    const names = files.presetNames()
    const like = nearest(source, names)
    throw new InputError(
      `${source}: there is no such file or preset; presets: ${names.join(', ')}${like ? `; did you mean ${like}?` : ''}`,
    )
  }
  if (seen.some(({ path }) => path === from.path))
    throw new InputError(`${source}: extends itself through ${seen.map((file) => file.name).join(', ')}`)
  const { name, folder } = from
  return { value: inherit(files, readYaml(parseDocument(from.text), name), from, [...seen, from]), file: name, folder }
}

/** The experiment with the keys of those that it extends. `seen` are the files on the way to it, itself included. */
function inherit(
  files: ExperimentFiles,
  value: unknown,
  { name, folder }: Pick<ExperimentFile, 'name' | 'folder'>,
  seen: readonly ExperimentFile[],
): Json {
  if (!isSection(value)) {
    throw new InputError(`${name}: an experiment is a mapping of keys, such as name, peers and topology`)
  }
  const { extends: parent, ...own } = fromHere(files, writtenOut(value), folder)
  if (parent === undefined) return own
  if (typeof parent !== 'string') {
    throw new InputError(`${name}: extends: ${JSON.stringify(parent)} is not allowed; it takes a preset or a file`)
  }
  return merge(read(files, parent, seen).value, own)
}

/** Merges sections key by key. A section with another `name` replaces the base's section. */
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

/** The value of a YAML document. Throws InputError for bad syntax, and for aliases that are unresolved or excessive. */
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

/** Sets one path. The short form of a section sets its name (`aggregation=median`) or its honest peers (`peers=25`). */
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
  const written = expand(value, [...keys, last], root)
  if (isSection(written) && !isSection(value)) {
    // A short form changes the name of the section, or the number of honest peers, and keeps the rest.
    section[last] = { ...(isSection(old) ? old : {}), ...written }
    changed.push(path)
    return
  }
  section[last] = written
  if (last === 'name' && keys.length > 0) changed.push(keys.join('.'))
}

/**
 * Replaces the `file` of `topology: { name: from-file, file }` by its edges, so that a resolved experiment needs no
 * other file. The path is relative to the experiment's own file.
 */
function readEdges(files: ExperimentFiles, root: Json, folder: string): void {
  const { topology } = root
  if (!isSection(topology) || topology.name !== 'from-file' || typeof topology.file !== 'string') return
  const { file, ...rest } = topology
  const text = textOf(files, topology.file, folder, 'topology.file')
  if (text === undefined) throw new PlanError('topology.file', `there is no file ${file}`)
  const edges = () => (/^\s*<|^\uFEFF\s*</.test(text) ? parseGraphml(text) : parseEdgeList(text))
  root.topology = { ...rest, edges: withPath('topology.file', edges, (message) => `${file}: ${message}`) }
}

/** The text of a file that a key names. Throws PlanError if the file cannot be read. */
function textOf(files: ExperimentFiles, path: string, folder: string, key: string): string | undefined {
  try {
    return files.text(path, folder)
  } catch (error) {
    if (error instanceof InputError) throw new PlanError(key, error.lines.join('; '))
    throw error
  }
}

/**
 * Makes the path of a data folder, written relative to the experiment's file, relative to the working directory. Sets
 * `sha256` even if it is undefined: the digest of an extended file's folder must not survive the merge.
 */
function fromHere(files: ExperimentFiles, value: Json, folder: string): Json {
  const { learning } = value
  if (!isSection(learning) || !isSection(learning.dataset) || typeof learning.dataset.folder !== 'string') return value
  const { sha256, folder: written, ...rest } = learning.dataset
  const dataset = { ...rest, folder: files.dataFolder(String(written), folder), sha256 }
  return { ...value, learning: { ...learning, dataset } }
}

/** Adds the digest of the data folder to the experiment, so that a repeated run detects different data. */
function identifyData(files: ExperimentFiles, root: Json): void {
  const { learning } = root
  if (!isSection(learning) || !isSection(learning.dataset)) return
  const { dataset } = learning
  const { folder } = dataset
  if (typeof folder !== 'string' || dataset.sha256 !== undefined) return
  learning.dataset = { ...dataset, sha256: withPath('learning.dataset.folder', () => files.dataDigest(folder)) }
}

/** Loads the user's own attack, which the plan needs. */
function loadAttack(files: ExperimentFiles, { attack }: Json): void {
  if (!isSection(attack) || attack.name !== 'module' || typeof attack.module !== 'string') return
  const file = attack.module
  withPath('attack.module', () => files.ownAttack(file))
}

/** Adds the name to `aggregation: { command: [...] }`, `{ module: FILE }` and `attack: { module: FILE }`. */
function nameOwnCode(root: Json): void {
  const { aggregation, attack } = root
  if (isSection(aggregation) && aggregation.name === undefined)
    for (const name of ['command', 'module']) if (name in aggregation) root.aggregation = { name, ...aggregation }
  if (isSection(attack) && attack.name === undefined && 'module' in attack) root.attack = { name: 'module', ...attack }
}
