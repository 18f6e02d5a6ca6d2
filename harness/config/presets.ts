import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { packageFolder } from '#node/data/package-folder.ts'

const folder = (): string => join(packageFolder(), 'harness', 'presets')

/** The names of the presets in the package, sorted. */
export function presetNames(): string[] {
  return readdirSync(folder())
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort()
}

/** The file of a preset; undefined if there is none of that name. */
export function presetPath(name: string): string | undefined {
  const path = join(folder(), `${name}.yaml`)
  return /^[a-z0-9-]+$/.test(name) && existsSync(path) ? path : undefined
}

/** The text of a preset. Throws Error if there is none of that name. */
export function presetText(name: string): string {
  return readFileSync(join(folder(), `${name}.yaml`), 'utf8')
}
