import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, relative, resolve } from 'node:path'
import { loadOwnAttack } from '#node/compute/own-attack.ts'
import { readDataFolder } from '#node/data/folder.ts'
import { isSystemError, lineOf, reading } from '#node/system-error.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { createLoader } from '#protocol/loading/load.ts'
import type { ExperimentFiles } from '#protocol/loading/named-files.ts'
import { thoroughly } from '#protocol/loading/telling.ts'
import { presetNames, presetPath } from './presets.ts'

/** Experiments from files of this machine and presets of the package. */
export const experimentFiles: ExperimentFiles = {
  presetNames,
  experiment(source, from) {
    const path = locate(source, from)
    if (path === undefined) return undefined
    return { path, name: basename(path), folder: dirname(path), text: textOf(path, source) }
  },
  text(path, folder) {
    const file = resolve(folder, path)
    return isThere(file, path) ? textOf(file, path) : undefined
  },
  dataFolder: (path, folder) => relative('.', resolve(folder, path)) || '.',
  ownAttack: loadOwnAttack,
  dataDigest: (folder) => readDataFolder(folder).sha256,
}

export const { loadExperiment, loadSingle, changeExperiment } = createLoader(experimentFiles)
/** For experiments from code: reports every problem. */
export const { loadValue } = createLoader(experimentFiles, thoroughly)

/** The path of a file or preset. A preset takes precedence over a file without one of the endings of experiments. */
function locate(source: string, folder: string): string | undefined {
  const file = resolve(folder, source)
  const there = isThere(file, source)
  if (there && /\.(ya?ml|json)$/.test(file)) return file
  const preset = presetPath(source.replace(/^presets\//, ''))
  if (preset !== undefined || !there) return preset
  const wrong = statSync(file).isDirectory() ? 'is a folder, not a file' : 'its name must end in .yaml, .yml or .json'
  throw new InputError(`${source}: ${wrong}`)
}

/** Whether a path exists. Throws InputError if the system cannot tell. `shown` is the path as written. */
function isThere(path: string, shown: string): boolean {
  try {
    statSync(path)
    return true
  } catch (error) {
    if (!isSystemError(error)) throw error
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false
    throw new InputError(lineOf(error, 'read', shown))
  }
}

/** The text of a file, which must be UTF-8. Throws InputError if it cannot be read. */
function textOf(path: string, shown: string): string {
  const bytes = reading(shown, () => readFileSync(path))
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new InputError(`${shown}: is not a text in UTF-8`)
  }
}
