// Writes the generated documents. With --check it changes nothing, and reports stale documents and forbidden imports.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { generateDocuments, staleDocuments, wrongImports } from '#harness/documents/documents.ts'

const stale = await staleDocuments()
if (process.argv.includes('--check')) {
  for (const path of stale) process.stderr.write(`${path} is stale: run npm run docs and commit it\n`)
  const wrong = wrongImports()
  for (const line of wrong) process.stderr.write(`${line}\n`)
  process.exitCode = stale.length + wrong.length > 0 ? 1 : 0
} else {
  for (const { path, content } of await generateDocuments()) {
    if (!stale.includes(path)) continue
    writeFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), content)
    process.stderr.write(`wrote ${path}\n`)
  }
}
