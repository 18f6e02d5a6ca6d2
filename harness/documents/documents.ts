import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolder } from '#node/data/package-folder.ts'
import { apiPage } from './api-page.ts'
import { artifactPage } from './artifact-page.ts'
import { commandPage } from './command-page.ts'
import { experimentPage } from './experiment-page.ts'
import { experimentSchemaFile } from './experiment-schema.ts'
import { filtersPage } from './filters-page.ts'
import { methodsPage } from './methods-page.ts'
import { picture, type Room, roomsPage, violations } from './rooms.ts'
import { sourceFiles } from './source-files.ts'

/** A file with generated content, whole or in part. */
export interface GeneratedDocument {
  /** From the root of the repository. */
  readonly path: string
  readonly content: string
}

/** The current content of all generated documents; the text around generated tables is kept. */
export async function generateDocuments(): Promise<GeneratedDocument[]> {
  const architecture = readFileSync(join(packageFolder(), 'ARCHITECTURE.md'), 'utf8')
  return [
    { path: 'docs/api.md', content: apiPage(sourceFiles()) },
    { path: 'docs/methods.md', content: methodsPage() },
    { path: 'docs/experiment.md', content: experimentPage() },
    { path: 'docs/experiment.schema.json', content: experimentSchemaFile() },
    { path: 'docs/command.md', content: await commandPage() },
    { path: 'docs/filters.md', content: filtersPage() },
    { path: 'docs/rooms.md', content: roomsPage(declaredRooms()) },
    { path: 'ARTIFACT.md', content: artifactPage() },
    {
      path: 'ARCHITECTURE.md',
      content: withTables('ARCHITECTURE.md', architecture, { arrows: picture(sourceFiles()) }),
    },
  ]
}

/** Forbidden imports, one line each. */
export function wrongImports(): string[] {
  return violations(sourceFiles(), declaredRooms())
}

function declaredRooms(): readonly Room[] {
  const text = readFileSync(join(packageFolder(), 'docs/rooms.json'), 'utf8')
  return (JSON.parse(text) as { readonly rooms: readonly Room[] }).rooms
}

/** The paths of generated documents with outdated content. */
export async function staleDocuments(): Promise<string[]> {
  return (await generateDocuments()).filter(({ path, content }) => read(path) !== content).map(({ path }) => path)
}

function read(path: string): string | undefined {
  try {
    return readFileSync(join(packageFolder(), path), 'utf8')
  } catch {
    return undefined
  }
}

/** Puts each table between `<!-- table: NAME -->` and `<!-- /table -->`. Throws Error if a pair is missing. */
function withTables(file: string, text: string, tables: Readonly<Record<string, string>>): string {
  return Object.entries(tables).reduce((page, [name, table]) => {
    const start = `<!-- table: ${name} -->`
    const from = page.indexOf(start)
    const to = page.indexOf('<!-- /table -->', from)
    if (from < 0 || to < 0)
      throw new Error(`${file}: no place for a generated table; it needs ${start} ... <!-- /table -->`)
    return `${page.slice(0, from + start.length)}\n${table}\n${page.slice(to)}`
  }, text)
}
