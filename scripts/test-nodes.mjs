// Runs the vitest project `node` under other versions of Node: `npm run test:nodes -- --help`
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const nodes = join(root, 'node_modules', '.cache', 'hearsay', 'nodes')
const platform = process.platform === 'win32' ? 'win' : process.platform
/** The npm package with the Node executable for this platform. */
const nodePackage = `node-${platform}-${process.arch}`
const help = `npm run test:nodes -- [VERSION...] [-- ARGUMENT...]

Runs the unit and simulator tests under other versions of Node. Each version is installed once, from the npm package
${nodePackage}, into node_modules/.cache/hearsay/nodes/.

  VERSION    a major version such as 24, or a full one (default: 22 24 26)
  ARGUMENT   an argument for vitest: a file or folder, or -t NAME

Prints a line for each version. Exit code 1: a test failed; 2: a version could not be installed.
`

class UsageError extends Error {}

/** The path of a Node executable of this version; installs it if necessary. */
function nodeOf(version) {
  const folder = join(nodes, version)
  const program = platform === 'win' ? 'node.exe' : 'node'
  const path = join(folder, 'node_modules', nodePackage, 'bin', program)
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  const { status, stderr, error } = spawnSync(
    'npm',
    [
      'install',
      '--prefix',
      folder,
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      `${nodePackage}@${version}`,
    ],
    { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'], shell: platform === 'win' },
  )
  if (status === 0 && existsSync(path)) return path
  rmSync(folder, { recursive: true, force: true })
  const words = (stderr ?? '').split('\n').map((line) => line.replace(/^npm (error|ERR!)\s*/, ''))
  const reason =
    error?.message ?? words.find((line) => line !== '' && !/^code /.test(line)) ?? `npm ended with ${status}`
  throw new UsageError(`Node ${version} cannot be installed: ${reason}`)
}

/** Vitest under a Node; child processes that are started as `node` or as process.execPath run under it too. */
function runTests(node, args) {
  const scratch = mkdtempSync(join(tmpdir(), 'hearsay-nodes-'))
  const results = join(scratch, 'results.json')
  const began = performance.now()
  const { status } = spawnSync(
    node,
    [
      join(root, 'node_modules', 'vitest', 'vitest.mjs'),
      'run',
      '--project=node',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${results}`,
      ...args,
    ],
    {
      cwd: root,
      env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
      // Results go to stdout, all else to stderr.
      stdio: ['ignore', 2, 2],
    },
  )
  const seconds = Math.round((performance.now() - began) / 1000)
  const { numPassedTests: passed = 0, numFailedTests: failed = 0 } = existsSync(results)
    ? JSON.parse(readFileSync(results, 'utf8'))
    : {}
  rmSync(scratch, { recursive: true, force: true })
  return { status, passed, failed, seconds }
}

function readArguments(args) {
  const end = args.indexOf('--')
  const [own, forVitest] = end < 0 ? [args, []] : [args.slice(0, end), args.slice(end + 1)]
  if (own.includes('--help')) return undefined
  for (const version of own)
    if (!/^\d+(\.\d+){0,2}$/.test(version))
      throw new UsageError(`${version}: not a version of Node; write one such as 24`)
  return { versions: own.length > 0 ? own : ['22', '24', '26'], forVitest }
}

try {
  const options = readArguments(process.argv.slice(2))
  if (!options) process.stdout.write(help)
  else {
    // Install all versions first, so that a missing one is reported before the long tests.
    const programs = options.versions.map(nodeOf)
    const lines = programs.map((node) => {
      const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
      const { status, passed, failed, seconds } = runTests(node, options.forVitest)
      const how = status === 0 || failed > 0 ? '' : `, vitest ended with ${status}`
      if (status !== 0) process.exitCode = 1
      return `Node ${version}: ${passed} passed, ${failed} failed${how}, ${seconds} s`
    })
    process.stdout.write(`${lines.join('\n')}\n`)
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`test:nodes: ${error.message}\n`)
  process.exitCode = 2
}
