// Runs the command from the current sources, with workers, peers and page: brings dist/ up to date, prints the built
// parts, and starts the command. `npm run dev -- run quickstart`
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ensureBuilt } from './build.mjs'

const began = performance.now()
let built
try {
  built = await ensureBuilt(['kernels', 'node', 'page'])
} catch (error) {
  if (!error.errors) throw error
  process.exit(1)
}
const seconds = ((performance.now() - began) / 1000).toFixed(1)
process.stderr.write(
  built.length > 0
    ? `dev: running the current sources (built ${built.join(', ')} in ${seconds} s)\n`
    : 'dev: running the current sources (unchanged since the last build)\n',
)
const command = fileURLToPath(new URL('../dist/harness/cli.js', import.meta.url))
const child = spawn(
  process.execPath,
  ['--enable-source-maps', ...process.execArgv, command, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
  },
)
// Ctrl-C reaches the command directly; other signals are forwarded to it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => signal !== 'SIGINT' && child.kill(signal))
child.once('exit', (code, signal) => {
  process.exitCode = code ?? (signal ? 1 : 0)
})
