// Runs all checks that are not tests: every script of package.json with a name that begins with `check:`. All of them
// run, also after a failure. The last line names the failed ones.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
const names = Object.keys(scripts).flatMap((name) => (name.startsWith('check:') ? [name.slice('check:'.length)] : []))
const failed = []
for (const name of names) {
  const began = performance.now()
  const { status } = spawnSync(`npm run --silent check:${name}`, { cwd: root, stdio: 'inherit', shell: true })
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  process.stderr.write(`check: ${name} ${status === 0 ? 'passed' : 'failed'} in ${seconds} s\n`)
  if (status !== 0) failed.push(name)
}
process.stderr.write(failed.length > 0 ? `check failed: ${failed.join(', ')}\n` : `check passed: ${names.join(', ')}\n`)
process.exitCode = failed.length > 0 ? 1 : 0
