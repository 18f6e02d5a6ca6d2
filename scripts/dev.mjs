// The command as its sources are now, workers, peers and page included: brings dist/ up to date, says what it built,
// and runs it. `npm run dev -- run quickstart`
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
    ? `dev: runs the sources as they are now (built ${built.join(', ')} in ${seconds} s)\n`
    : 'dev: runs the sources as they are now (unchanged since the last build)\n',
)
const command = fileURLToPath(new URL('../dist/harness/cli.js', import.meta.url))
const child = spawn(
  process.execPath,
  ['--enable-source-maps', ...process.execArgv, command, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
  },
)
// Ctrl-C reaches the command too, which decides how to end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => signal !== 'SIGINT' && child.kill(signal))
child.once('exit', (code, signal) => {
  process.exitCode = code ?? (signal ? 1 : 0)
})
