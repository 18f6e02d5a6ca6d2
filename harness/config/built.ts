import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packageFolder } from '#node/data/package-folder.ts'
import { InputError } from '#protocol/loading/input-error.ts'

/** The path of a built file in dist/, which processes and workers run. Throws InputError if it is missing. */
export function builtPath(file: string): string {
  const path = join(packageFolder(), 'dist', file)
  if (!existsSync(path)) throw new InputError(`dist/${file} is not built; run: npm run build`)
  return path
}

export function builtUrl(file: string): URL {
  return pathToFileURL(builtPath(file))
}

export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8')) as { version: string }).version
}
