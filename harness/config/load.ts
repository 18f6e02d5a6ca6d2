import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, relative, resolve } from 'node:path'
import { loadOwnAttack } from '#node/compute/own-attack.ts'
import { readDataFolder } from '#node/data/folder.ts'
import { createLoader, type ExperimentFiles } from '#protocol/loading/load.ts'
import { presetNames, presetPath } from './presets.ts'

/** Experiments from files of this machine and presets of the package. */
export const experimentFiles: ExperimentFiles = {
  presetNames,
  experiment(source, from) {
    const path = locate(source, from)
    if (path === undefined) return undefined
    return { path, name: basename(path), folder: dirname(path), text: readFileSync(path, 'utf8') }
  },
  text(path, folder) {
    const file = resolve(folder, path)
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined
  },
  dataFolder: (path, folder) => relative('.', resolve(folder, path)) || '.',
  ownAttack: loadOwnAttack,
  dataDigest: (folder) => readDataFolder(folder).sha256,
}

export const { loadExperiment, loadSingle, loadValue, changeExperiment } = createLoader(experimentFiles)

function locate(source: string, folder: string): string | undefined {
  const file = resolve(folder, source)
  if (existsSync(file) && /\.(ya?ml|json)$/.test(file)) return file
  return presetPath(source.replace(/^presets\//, ''))
}
