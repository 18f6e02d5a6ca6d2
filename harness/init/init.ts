import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, parse, relative, resolve, sep } from 'node:path'
import { packageFolder } from '#node/data/package-folder.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { nearest } from '#protocol/loading/nearest.ts'
import { presetNames, presetText } from '../config/presets.ts'

/** The facts about a written file. */
export interface Initialised {
  /** The path of the JSON schema that the file names; undefined if no relative path leads there from its folder. */
  readonly schema: string | undefined
  readonly isSweep: boolean
}

/**
 * Writes an experiment to start from: a commented one, or a preset. Its first line names the JSON schema for editors.
 * Throws InputError if the file exists or cannot be written, or if there is no such preset.
 */
export function initialise(file: string, preset?: string, home: string = packageFolder()): Initialised {
  if (!/\.ya?ml$/.test(file)) throw new InputError(`${file}: the name of an experiment file ends in .yaml or .yml`)
  const text =
    preset === undefined ? readFileSync(join(packageFolder(), 'harness/init/experiment.yaml'), 'utf8') : textOf(preset)
  const schema = schemaPath(dirname(resolve(file)), home)
  const line = schema === undefined ? '' : `# yaml-language-server: $schema=${schema}\n`
  try {
    writeFileSync(file, `${line}${text}`, { flag: 'wx' })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new InputError(
      code === 'EEXIST' ? `${file}: exists already; choose another name` : `${file}: cannot be written (${code})`,
    )
  }
  return { schema, isSweep: /^sweep:/m.test(text) }
}

function textOf(preset: string): string {
  const names = presetNames()
  if (names.includes(preset)) return presetText(preset)
  const like = nearest(preset, names)
  throw new InputError(
    `--preset ${preset}: there is no such preset; one of ${names.join(', ')}${like ? `; did you mean ${like}?` : ''}`,
  )
}

const schemaFile = join('docs', 'experiment.schema.json')

/**
 * The path from a folder to the JSON schema: that of the package installed in the folder or above it, else that of the
 * package in `home`. Undefined if `home` is installed elsewhere, such as globally: its place is this machine's own.
 */
export function schemaPath(folder: string, home: string): string | undefined {
  for (let above = folder; ; above = dirname(above)) {
    const installed = join(above, 'node_modules', 'hearsay', schemaFile)
    if (existsSync(installed)) return slashed(relative(folder, installed))
    if (above === dirname(above)) break
  }
  const shared = commonFolder(folder, home)
  if (home.split(sep).includes('node_modules') || shared === parse(folder).root) return undefined
  return slashed(relative(folder, join(home, schemaFile)))
}

/** The deepest folder that holds both. */
function commonFolder(one: string, other: string): string {
  let folder = one
  while (folder !== dirname(folder) && relative(folder, other).startsWith('..')) folder = dirname(folder)
  return folder
}

function slashed(path: string): string {
  return path.split(sep).join('/')
}
