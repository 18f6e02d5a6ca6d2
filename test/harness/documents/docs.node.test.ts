import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { generateDocuments, staleDocuments } from '#harness/documents/documents.ts'
import { packageFolder } from '#node/data/load.ts'

test('the generated documents are those of the registries, the schema and the commands (else: npm run docs)', async () => {
  expect(await staleDocuments()).toEqual([])
})

test('every rule, attack and key of the schema has a row', async () => {
  const pages = new Map((await generateDocuments()).map(({ path, content }) => [path, content]))
  expect(pages.get('docs/methods.md')).toContain('[`trimmed-mean`](../aggregation/rules/trimmed-mean.ts) ')
  expect(pages.get('docs/methods.md')).toContain('[`little-is-enough`](../attacks/methods/little-is-enough.ts) ')
  expect(pages.get('docs/methods.md')).toMatch(
    /^- \[`krum`\].*: Krum: the one vector whose nearest others are nearest/m,
  )
  expect(pages.get('docs/experiment.md')).toContain('| `deadlineMs` ')
  expect(pages.get('docs/experiment.md')).toContain('### `attack: { name: little-is-enough }`')
  expect(pages.get('docs/command.md')).toContain('## hearsay topology show')
})

test('the README says why each dependency is there, and links to files that exist', () => {
  const read = (path: string) => readFileSync(join(packageFolder(), path), 'utf8')
  const readme = read('README.md')
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
  expect(Object.keys(dependencies).filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
  const inFolder = (folder: string) =>
    readdirSync(join(packageFolder(), folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`)
  const pages = ['README.md', 'ARCHITECTURE.md', 'ARTIFACT.md', ...inFolder('docs'), ...inFolder('docs/decisions')]
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#]+)\)/g)]
      .map(([, target]) => join(page, '..', String(target)))
      .filter((target) => !existsSync(join(packageFolder(), target)))
      .map((target) => `${page}: ${target}`),
  )
  expect(broken).toEqual([])
})

test('no two decisions share a number, and each has it in its title', () => {
  const folder = join(packageFolder(), 'docs/decisions')
  const files = readdirSync(folder)
  const numbers = files.map((name) => name.slice(0, 3))
  expect(new Set(numbers).size).toBe(files.length)
  expect(files.map((name) => readFileSync(join(folder, name), 'utf8').slice(2, 5))).toEqual(numbers)
})
