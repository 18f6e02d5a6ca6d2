import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolder } from '#node/data/package-folder.ts'
import { code } from './markdown.ts'

/**
 * The docstrings of methods as a Markdown list: formula, source with section, choices, cost. Throws Error if a method's
 * file has none. `up` is the path from the page to the root of the repository.
 */
export function definitions(methods: readonly { readonly name: string }[], folder: string, up: string): string {
  return methods
    .map(({ name }) => {
      const path = `${folder}/${name}.ts`
      const text = docstring(readFileSync(join(packageFolder(), path), 'utf8'), name)
      if (text === undefined) throw new Error(`${path} has no docstring before its declaration`)
      return `- [${code(name)}](${up}${path}): ${text}`
    })
    .join('\n')
}

/** The docstring of `export const ... = define...`, or of a function of the name, as the Markdown of one list item. */
function docstring(source: string, name: string): string | undefined {
  const doc = String.raw`/\*\*((?:(?!\*/).)*)\*/\s*`
  const exported = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  const pattern = new RegExp(`${doc}export (?:const \\w+ = define|function ${exported})`, 's')
  const [, comment] = pattern.exec(source) ?? []
  return comment
    ?.split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
    .join('\n')
    .trim()
    .replaceAll(/[*<]/g, '\\$&')
    .replaceAll(/\n(?=.)/g, '\n  ')
}
