import { readFileSync } from 'node:fs'
import type { CompletionSpec } from '../completion/spec.ts'
import { builtPath } from './built.ts'

/** A table: column heads and rows. */
export interface Listing {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/**
 * The help, the lists and the completion of the command. The build writes them to dist/catalogue.json, so that the
 * command prints them without loading the registries and the schema.
 */
export interface Catalogue {
  /** The help of each command by its words: `run`, `topology show`; the help of the whole command is at ''. */
  readonly help: Readonly<Record<string, string>>
  /** The tables of `hearsay list`, by kind. */
  readonly lists: Readonly<Record<string, Listing>>
  /** The words that a shell completes. */
  readonly completion: CompletionSpec
}

/** Reads the catalogue. Throws InputError if dist/ is not built. */
export function readCatalogue(): Catalogue {
  return JSON.parse(readFileSync(builtPath('catalogue.json'), 'utf8')) as Catalogue
}
