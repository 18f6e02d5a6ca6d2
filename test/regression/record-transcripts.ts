// Records test/vectors/transcripts.json again; names on the command line select runs.
// npx tsx --conditions=hearsay-source test/regression/record-transcripts.ts [NAME...]
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type PinnedRun, transcriptOf } from './pinned-runs.ts'

const path = fileURLToPath(new URL('../vectors/transcripts.json', import.meta.url))
const file = JSON.parse(readFileSync(path, 'utf8')) as {
  madeBy: string
  runs: (PinnedRun & { transcriptHash: string })[]
}
const wanted = process.argv.slice(2)
for (const run of file.runs) {
  if (wanted.length > 0 && !wanted.includes(run.name)) continue
  const before = run.transcriptHash
  run.transcriptHash = await transcriptOf(run)
  if (run.transcriptHash !== before) process.stderr.write(`${run.name}: ${run.transcriptHash.slice(0, 12)}\n`)
}
const lines = file.runs.map((run) => `    ${JSON.stringify(run)}`)
writeFileSync(path, `{\n  "madeBy": ${JSON.stringify(file.madeBy)},\n  "runs": [\n${lines.join(',\n')}\n  ]\n}\n`)
