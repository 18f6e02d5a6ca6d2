import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { readDataFolder } from '#node/data/folder.ts'
import { packageFolder } from '#node/data/package-folder.ts'
import { createLoader, type ExperimentFiles } from '#protocol/loading/load.ts'

const presetFolder = (): string => join(packageFolder(), 'harness', 'presets')

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
  dataDigest: (folder) => readDataFolder(folder).sha256,
}

export const { loadExperiment, loadSingle, loadValue, changeExperiment } = createLoader(experimentFiles)

/** The names of the presets in the package, sorted. */
export function presetNames(): string[] {
  return readdirSync(presetFolder())
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort()
}

function locate(source: string, folder: string): string | undefined {
  const file = resolve(folder, source)
  if (existsSync(file) && /\.(ya?ml|json)$/.test(file)) return file
  const preset = join(presetFolder(), `${source.replace(/^presets\//, '')}.yaml`)
  return /^(presets\/)?[a-z0-9-]+$/.test(source) && existsSync(preset) ? preset : undefined
}
