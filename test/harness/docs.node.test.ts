import { expect, test } from 'vitest'
import { generateDocuments, staleDocuments } from '#harness/documents/documents.ts'

test('the generated documents are those of the registries, the schema and the commands (else: npm run docs)', async () => {
  expect(await staleDocuments()).toEqual([])
})

test('every rule, attack and key of the schema has a row', async () => {
  const pages = new Map((await generateDocuments()).map(({ path, content }) => [path, content]))
  expect(pages.get('docs/methods.md')).toContain('[`trimmed-mean`](../aggregation/trimmed-mean.ts) |')
  expect(pages.get('docs/methods.md')).toContain('[`little-is-enough`](../attacks/little-is-enough.ts) |')
  expect(pages.get('docs/experiment.md')).toContain('| `deadlineMs` |')
  expect(pages.get('docs/experiment.md')).toContain('### `attack: { name: little-is-enough }`')
  expect(pages.get('docs/command.md')).toContain('## hearsay topology show')
})
