import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseDocument } from 'yaml'
import { packageFolder } from '#node/data/package-folder.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { nearest } from '#protocol/loading/nearest.ts'
import { type Reproduction, reproductionSchema } from '#report/claims/claims.ts'

/** The names of all reproductions, sorted. */
export function reproductionNames(): string[] {
  return readdirSync(folder())
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort()
}

/** Loads a reproduction. Throws InputError if there is none of that name or its file is invalid. */
export function loadReproduction(name: string): Reproduction {
  const file = join(folder(), `${name}.yaml`)
  if (!/^[a-z0-9-]+$/.test(name) || !existsSync(file)) {
    const names = reproductionNames()
    const like = nearest(name, names)
    throw new InputError(
      `${name}: there is no such reproduction; one of ${names.join(', ')}${like ? `; did you mean ${like}?` : ''}`,
    )
  }
  const parsed = reproductionSchema.safeParse(parseDocument(readFileSync(file, 'utf8')).toJS())
  if (parsed.success) return { name, ...parsed.data }
  const [issue] = parsed.error.issues
  throw new InputError(`${basename(file)}: ${issue?.path.join('.')}: ${issue?.message}`)
}

function folder(): string {
  return join(packageFolder(), 'harness', 'reproductions')
}
