import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { assembleDataset } from '#learning/datasets/assemble.ts'
import type { DatasetChoice, DatasetName } from '#learning/datasets/choice.ts'
import type { Dataset } from '#learning/datasets/dataset.ts'
import { type DatasetDeclaration, datasets } from '#learning/datasets/registry.ts'
import { reasonOf } from '../system-error.ts'
import { readDataFolder } from './folder.ts'
import { packageFolder } from './package-folder.ts'

/** A data set is not on this machine. The message says how to get it. */
export class DataMissingError extends Error {
  readonly code = 'data-missing'
  override readonly name = 'DataMissingError'
}

export interface LoadOptions {
  /** Folder of the data sets outside the package; by default HEARSAY_DATA, else the cache folder. */
  readonly dataFolder?: string
}

/**
 * Reads a data set: an embedded one from the package, any other named one from `dataFolder`, or a folder of the user,
 * relative to the working directory. Throws DataMissingError if a file is missing. Throws RangeError if a file is
 * damaged, or if its content differs from the registry or the experiment.
 */
export async function loadDataset(choice: DatasetChoice, options: LoadOptions = {}): Promise<Dataset> {
  return typeof choice === 'string' ? loadNamed(choice, options) : readDataFolder(choice.folder, choice.sha256).dataset
}

async function loadNamed(name: DatasetName, options: LoadOptions): Promise<Dataset> {
  const declaration: DatasetDeclaration | undefined = datasets.find((dataset) => dataset.name === name)
  if (!declaration) throw new RangeError(`no data set is called ${name}`)
  const paths = datasetPaths(declaration, options)
  const files = await Promise.allSettled(Object.values(paths).map((path) => readGzip(declaration, path)))
  // If several files fail, the error names the first in the declaration.
  const parts = Object.keys(paths).map((key, i) => [key, fulfilledValue(files[i])] as const)
  return assembleDataset(declaration, Object.fromEntries(parts))
}

function fulfilledValue<T>(settled: PromiseSettledResult<T> | undefined): T {
  if (settled?.status === 'fulfilled') return settled.value
  throw settled?.reason
}

/** The paths of a data set's gzipped files, by the keys of its declaration. The files may be missing. */
export function datasetPaths(
  declaration: DatasetDeclaration,
  options: LoadOptions = {},
): Readonly<Record<string, string>> {
  const folder = datasetFolder(declaration, options)
  return Object.fromEntries(Object.entries(declaration.files).map(([key, file]) => [key, join(folder, file)]))
}

/** The folder of a data set's files: inside the package for an embedded one, else `dataFolder`. */
export function datasetFolder(
  { embedded }: Pick<DatasetDeclaration, 'embedded'>,
  { dataFolder = defaultDataFolder() }: LoadOptions = {},
): string {
  return embedded ? join(packageFolder(), 'learning', 'datasets', 'embedded') : dataFolder
}

/** HEARSAY_DATA, else `hearsay` in the user's cache folder. */
export function defaultDataFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.HEARSAY_DATA) return environment.HEARSAY_DATA
  return join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'hearsay')
}

const inflate = promisify(gunzip)

async function readGzip(declaration: DatasetDeclaration, path: string): Promise<Uint8Array> {
  let packed: Uint8Array
  try {
    packed = await readFile(path)
  } catch (cause) {
    const remedy = declaration.embedded
      ? 'this package is incomplete, install it again'
      : `run hearsay data fetch ${declaration.name}, or set HEARSAY_DATA to a folder that holds ${Object.values(declaration.files).join(', ')}`
    const { code } = cause as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? '' : ` (${reasonOf(cause)})`
    throw new DataMissingError(`data set ${declaration.name}: cannot read ${path}${reason}: ${remedy}`, { cause })
  }
  try {
    return await inflate(packed)
  } catch (cause) {
    throw new RangeError(`data set ${declaration.name}: ${path} is not a whole gzip file`, { cause })
  }
}
