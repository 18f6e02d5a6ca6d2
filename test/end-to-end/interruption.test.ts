import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { type CommandOptions, cli, type Finished, runProgram } from './built-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearsay-interruption-'))

beforeAll(() => {
  if (!existsSync(cli)) throw new Error('dist/ is not built; run: npm run build')
  const soon = {
    name: 'soon',
    peers: { honest: 4, byzantine: 1, placement: [2] },
    topology: { name: 'complete' },
    learning: { dataset: 'digits', model: 'softmax-regression' },
    // One of five vectors never arrives; the run warns about it before anything starts.
    aggregation: { name: 'krum', f: 1 },
    attack: { name: 'stall' },
    rounds: { count: 2000 },
  }
  writeFileSync(join(folder, 'soon.yaml'), stringify(soon))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Interrupted extends Finished {
  /** The folder for run folders. */
  readonly out: string
  /** Processes that the command left behind, also in Chromium's own process group. */
  readonly left: readonly string[]
}

async function interrupted(
  settings: readonly string[],
  { env, ...at }: Pick<CommandOptions, 'interruptAt' | 'env'>,
): Promise<Interrupted> {
  const out = mkdtempSync(join(folder, 'out-'))
  const mark = randomUUID()
  const args = ['run', 'soon.yaml', '--out', out, ...settings.flatMap((setting) => ['--set', setting])]
  const options = { cwd: folder, ...at, env: { ...env, HEARSAY_MARK: mark } }
  const finished = await runProgram(process.execPath, [cli, ...args], options)
  return { ...finished, out, left: marked(mark) }
}

/** Processes with a mark in their environment, from /proc, or from `ps` on systems such as macOS. */
function marked(mark: string): string[] {
  if (!existsSync('/proc/self/environ'))
    return execFileSync('ps', ['axeww', '-o', 'pid=,command='], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(mark))
  return readdirSync('/proc').filter((entry) => {
    try {
      return /^\d+$/.test(entry) && readFileSync(join('/proc', entry, 'environ'), 'utf8').includes(mark)
    } catch {
      return false
    }
  })
}

const gone = { code: 130, leftovers: false, left: [] }

test('Ctrl-C while the command itself loads ends with 130 and one line, before anything starts', async () => {
  const early = join(folder, 'early.mjs')
  const hook = `export async function load(url, context, next) {
    if (/chunks\\/run-\\w+\\.js$/.test(url)) process.kill(process.pid, 'SIGINT')
    return next(url, context)
  }`
  writeFileSync(
    early,
    `import { register } from 'node:module'\nregister(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)})`,
  )
  const result = await interrupted([], { env: { NODE_OPTIONS: `--import ${pathToFileURL(early)}` } })
  expect(result).toMatchObject(gone)
  expect(result.stderr.trim()).toBe('hearsay: interrupted before anything started')
  expect(readdirSync(result.out)).toEqual([])
})

test.each(['simulation', 'processes', 'browsers'])(
  'Ctrl-C before a run of runtime %s is launched ends with 130; at most an empty run is kept',
  async (runtime) => {
    const result = await interrupted([`runtime=${runtime}`], { interruptAt: /^warning: krum/m })
    expect(result).toMatchObject(gone)
    expect(result.stderr).toContain('stopping: results so far are kept')
    expectWhole(result.out)
  },
)

test('Ctrl-C while processes and tabs start ends both with 130, and the message says that the run did not begin', async () => {
  const result = await interrupted(['runtime={ name: mixed, tabs: 1 }'], { interruptAt: /1 of 5 peers are here/ })
  expect(result).toMatchObject(gone)
  expect(result.stderr).toMatch(/^hearsay: the run did not begin: it was interrupted; \d of 5 peers had joined$/m)
  expect(readdirSync(result.out)).toEqual([])
})

test('Ctrl-C during the writing of the report ends with 130, and every file is complete', async () => {
  // Sent by the command itself, so that the signal arrives exactly between two files.
  writeFileSync(
    join(folder, 'between-files.mjs'),
    `import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
const { renameSync } = fs
fs.renameSync = (from, to) => {
  renameSync(from, to)
  if (to.endsWith('environment.json')) process.kill(-process.pid, 'SIGINT')
}
syncBuiltinESMExports()`,
  )
  const settings = ['attack=sign-flip', 'aggregation=median', 'rounds.count=4']
  const env = { NODE_OPTIONS: `--import ${pathToFileURL(join(folder, 'between-files.mjs'))}` }
  const result = await interrupted(settings, { env })
  expect(result).toMatchObject(gone)
  expect(result.stderr).toContain('stopping: results so far are kept')
  expect(result.stdout).toContain('Report: ')
  expect(expectWhole(result.out)).toEqual([
    'environment.json',
    'events.ndjson',
    'experiment.yaml',
    'report.html',
    'summary.json',
  ])
})

/** Every file of the run folder, if there is one, is complete. */
function expectWhole(out: string): string[] {
  const [made] = readdirSync(out)
  if (made === undefined) return []
  const files = readdirSync(join(out, made)).sort()
  for (const file of files) {
    const text = readFileSync(join(out, made, file), 'utf8')
    if (file.endsWith('.json')) expect(JSON.parse(text)).toBeTypeOf('object')
    if (file === 'report.html') expect(text.trimEnd()).toMatch(/<\/html>$/)
    if (file === 'events.ndjson') for (const line of text.trimEnd().split('\n')) JSON.parse(line)
    expect(file).not.toMatch(/\.tmp$/)
  }
  return files
}
