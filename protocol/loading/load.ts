import { parseDocument } from 'yaml'
import type * as z from 'zod'
import { type Experiment, experimentSchema } from '../experiment/schema.ts'
import { type PlanError, refusalsOf } from '../plan/plan-error.ts'
import { gather, InputError } from './input-error.ts'
import { explainIssue } from './issues.ts'
import {
  type ExperimentFile,
  type ExperimentFiles,
  fromHere,
  identifyData,
  isSection,
  type Json,
  loadAttack,
  nameOwnCode,
  readEdges,
} from './named-files.ts'
import { nearest } from './nearest.ts'
import { experimentJsonSchema } from './schema-guide.ts'
import { expand, writtenOut } from './short-forms.ts'
import { briefly, firstOf, type Telling } from './telling.ts'

export interface ExperimentLoader {
  /**
   * Reads an experiment from a YAML file, a JSON file or a preset. Reads the files that it `extends`, then applies
   * `--set path=value` changes in their order. Throws InputError with one line per problem.
   */
  loadExperiment(source: string, sets?: readonly string[]): Experiment
  /**
   * An experiment from a value with the keys of a file. Paths in it are relative to the working directory. Throws
   * InputError as loadExperiment does, with `where` instead of the file's name.
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
  // If the file of edges cannot be read, that problem is already listed. Missing edges are no second problem.
  const issues = parsed.error?.issues.filter(({ path }) => edges.length === 0 || path[0] !== 'topology') ?? []
  problems.push(...issues.flatMap((issue) => explainIssue(issue, base, experimentJsonSchema(), place)))
  if (parsed.success && edges.length === 0 && attack.length === 0)
    problems.push(...telling.refusals(parsed.data).map(told))
  if (parsed.success && problems.length === 0) return parsed.data
  throw new InputError(firstOf([...new Set(problems)], telling.maxLines))
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

/** The experiment with the keys of those that it extends. `seen` are the files read so far, its own included. */
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
