import { parseEdgeList } from '#topology/topologies/from-file.ts'
import { PlanError, withPath } from '../plan/plan-error.ts'
import { parseGraphml } from './graphml.ts'
import { InputError } from './input-error.ts'

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

/** A section of an experiment, before it is checked. */
export type Json = Record<string, unknown>

export function isSection(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Replaces the `file` of `topology: { name: from-file, file }` by its edges, so that a resolved experiment needs no
 * other file. The path is relative to the experiment's own file.
 */
export function readEdges(files: ExperimentFiles, root: Json, folder: string): void {
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
export function fromHere(files: ExperimentFiles, value: Json, folder: string): Json {
  const { learning } = value
  if (!isSection(learning) || !isSection(learning.dataset) || typeof learning.dataset.folder !== 'string') return value
  const { sha256, folder: written, ...rest } = learning.dataset
  const dataset = { ...rest, folder: files.dataFolder(String(written), folder), sha256 }
  return { ...value, learning: { ...learning, dataset } }
}

/** Adds the digest of the data folder to the experiment, so that a repeated run detects different data. */
export function identifyData(files: ExperimentFiles, root: Json): void {
  const { learning } = root
  if (!isSection(learning) || !isSection(learning.dataset)) return
  const { dataset } = learning
  const { folder } = dataset
  if (typeof folder !== 'string' || dataset.sha256 !== undefined) return
  learning.dataset = { ...dataset, sha256: withPath('learning.dataset.folder', () => files.dataDigest(folder)) }
}

/** Loads the user's own attack, which the plan needs. */
export function loadAttack(files: ExperimentFiles, { attack }: Json): void {
  if (!isSection(attack) || attack.name !== 'module' || typeof attack.module !== 'string') return
  const file = attack.module
  withPath('attack.module', () => files.ownAttack(file))
}

/** Adds the name to `aggregation: { command: [...] }`, `{ module: FILE }` and `attack: { module: FILE }`. */
export function nameOwnCode(root: Json): void {
  const { aggregation, attack } = root
  if (isSection(aggregation) && aggregation.name === undefined)
    for (const name of ['command', 'module']) if (name in aggregation) root.aggregation = { name, ...aggregation }
  if (isSection(attack) && attack.name === undefined && 'module' in attack) root.attack = { name: 'module', ...attack }
}
