import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { preAggregators, rules } from '#aggregation/registry.ts'
import { attacks } from '#attacks/registry.ts'
import { generateDocuments, staleDocuments } from '#harness/documents/documents.ts'
import { datasets } from '#learning/datasets/registry.ts'
import { models } from '#learning/models/registry.ts'
import { packageFolder } from '#node/data/package-folder.ts'
import { topologies } from '#topology/registry.ts'

test('the generated documents are those of the registries, the schema and the commands (else: npm run docs)', async () => {
  expect(await staleDocuments()).toEqual([])
})

test('every rule, attack and key of the schema has a row', async () => {
  const pages = new Map((await generateDocuments()).map(({ path, content }) => [path, content]))
  expect(pages.get('docs/methods.md')).toContain('[`trimmed-mean`](../aggregation/rules/trimmed-mean.ts) ')
  expect(pages.get('docs/methods.md')).toContain('[`little-is-enough`](../attacks/methods/little-is-enough.ts) ')
  expect(pages.get('docs/methods.md')).toMatch(/^- \[`krum`\].*: Krum: the vector with the smallest sum of/m)
  expect(pages.get('docs/experiment.md')).toContain('| `deadlineMs` ')
  expect(pages.get('docs/experiment.md')).toContain('### `attack: { name: little-is-enough }`')
  expect(pages.get('docs/command.md')).toContain('## hearsay topology show')
})

test('each dependency has its reason, and every link leads to a file', () => {
  const read = (path: string) => readFileSync(join(packageFolder(), path), 'utf8')
  const reasons = read('docs/dependencies.md')
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
  expect(Object.keys(dependencies).filter((name) => !reasons.includes(`\`${name}\``))).toEqual([])
  const inFolder = (folder: string) =>
    readdirSync(join(packageFolder(), folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`)
  const pages = [
    'README.md',
    'ARCHITECTURE.md',
    'ARTIFACT.md',
    'SECURITY.md',
    'CODE_OF_CONDUCT.md',
    ...inFolder('docs'),
    ...inFolder('docs/decisions'),
  ]
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

test('the README is short, and counts what the registries hold', () => {
  const readme = readFileSync(join(packageFolder(), 'README.md'), 'utf8')
  expect(readme.split('\n').length).toBeLessThanOrEqual(151)
  const counts = readme.replaceAll(/\s+/g, ' ')
  expect(counts).toContain(`${rules.length} [rules](docs/methods.md#aggregation-rules)`)
  expect(counts).toContain(`${preAggregators.length} pre-aggregators`)
  expect(counts).toContain(`${attacks.length} [attacks](docs/methods.md#attacks)`)
  expect(counts).toContain(`${topologies.length} [topologies](docs/methods.md#topologies)`)
  expect(counts).toContain(`${datasets.length} data sets and ${models.length} models`)
})
