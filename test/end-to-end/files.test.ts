import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { cli, type Finished, runProgram } from './built-command.ts'

// What files, disks and streams do to the built command. Every error is one line; what was measured stays.

const folder = mkdtempSync(join(tmpdir(), 'hearsay-files-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const experiment = `name: small
peers: 4
topology: complete
learning: { dataset: digits, model: softmax-regression }
aggregation: median
rounds: { count: 3, evaluateEvery: 1 }
`
writeFileSync(join(folder, 'small.yaml'), experiment)

let count = 0
/** A new folder with the experiment in it. */
function place(): string {
  const path = join(folder, `place-${++count}`)
  mkdirSync(path)
  writeFileSync(join(path, 'small.yaml'), experiment)
  return path
}

const hearsay = (cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  runProgram(process.execPath, [cli, ...args], { cwd, env })
/** A shell line in which $H is the command. */
const shell = (cwd: string, line: string, env: NodeJS.ProcessEnv = {}) =>
  runProgram('bash', ['-c', line], { cwd, env: { ...env, H: `${process.execPath} ${cli}` } })

function expectRefusal({ code, stdout, stderr }: Finished, line: RegExp): void {
  expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, stdout: '', lines: 1 })
  expect(stderr).toMatch(line)
}

describe('a file that cannot be read is refused before anything runs', () => {
  const at = place()
  mkdirSync(join(at, 'folder.yaml'))
  symlinkSync('circle.yaml', join(at, 'circle.yaml'))
  writeFileSync(join(at, 'latin.yaml'), Buffer.from([0x6e, 0xe9, 0x0a]))
  writeFileSync(join(at, 'plain.txt'), experiment)
  writeFileSync(join(at, 'edges.yaml'), experiment.replace('complete', '{ name: from-file, file: folder.yaml }'))
  writeFileSync(
    join(at, 'cut.graphml'),
    '<graphml><graph edgedefault="undirected"><node id="0"/><node id="1"/><edge source="0" tar',
  )
  writeFileSync(join(at, 'graph.yaml'), experiment.replace('complete', '{ name: from-file, file: cut.graphml }'))
  mkdirSync(join(at, 'other'))
  writeFileSync(join(at, 'other', 'summary.json'), '{"total": 7}')
  mkdirSync(join(at, 'damaged'))
  writeFileSync(join(at, 'damaged', 'summary.json'), '{"experiment": {')
  mkdirSync(join(at, 'browser'))
  test.each<[string, readonly string[], RegExp]>([
    ['a folder', ['run', 'folder.yaml'], /folder\.yaml: is a folder, not a file/],
    ['a link to itself', ['run', 'circle.yaml'], /circle\.yaml: its symbolic links lead in a circle/],
    ['a name that is too long', ['run', `${'x'.repeat(300)}.yaml`], /: the name is too long for this file system/],
    ['another encoding', ['run', 'latin.yaml'], /latin\.yaml: is not a text in UTF-8/],
    ['another ending', ['run', 'plain.txt'], /plain\.txt: its name must end in \.yaml, \.yml or \.json/],
    ['a folder as edges', ['run', 'edges.yaml'], /topology\.file: folder\.yaml: is a folder, not a file/],
    [
      'a truncated graph',
      ['topology', 'show', 'graph.yaml'],
      /topology\.file: cut\.graphml: is not well-formed XML: .*line 1/,
    ],
    ['a summary of another program', ['report', 'other'], /other\/summary\.json: is not a summary\.json of Hearsay/],
    ['a damaged summary', ['report', 'damaged'], /damaged\/summary\.json: is not JSON/],
    [
      'a file as the folder for runs',
      ['run', 'small.yaml', '--out', 'plain.txt'],
      /the run folder cannot be made: .*plain\.txt/,
    ],
    [
      'a file above the folder for runs',
      ['run', 'small.yaml', '--out', 'plain.txt/runs'],
      /the run folder cannot be made: .*is not a folder/,
    ],
  ])('%s', async (_, args, line) => {
    expectRefusal(await hearsay(at, args), line)
    expect(readdirSync(at)).not.toContain('runs')
  })

  test.each<[string, string, RegExp]>([
    ['a folder', 'browser', /HEARSAY_CHROMIUM names browser, which is a folder, not a program/],
    ['a text', 'plain.txt', /HEARSAY_CHROMIUM names plain\.txt, which is not executable/],
    ['another program', process.execPath, /HEARSAY_CHROMIUM names .*, which is not a Chromium/],
  ])('%s as the browser', async (_, chromium, line) => {
    expectRefusal(
      await hearsay(at, ['run', 'small.yaml', '--set', 'runtime=browsers'], { HEARSAY_CHROMIUM: chromium }),
      line,
    )
    expect(readdirSync(at)).not.toContain('runs')
  })

  test('a file without permission', async ({ skip }) => {
    const path = join(at, 'closed.yaml')
    writeFileSync(path, experiment)
    chmodSync(path, 0)
    if (process.getuid?.() === 0) skip('root may read everything')
    expectRefusal(await hearsay(at, ['run', 'closed.yaml']), /closed\.yaml: no permission to read/)
  })
})

test.each([
  ['stdout', '$H run small.yaml --out o | head -n 1 >/dev/null; exit $PIPESTATUS'],
  ['stderr', '$H run small.yaml --out o 2>&1 >/dev/null | head -n 1 >/dev/null; exit $PIPESTATUS'],
])('a run goes on when nobody reads %s', async (_, line) => {
  const at = place()
  const { code } = await shell(at, line)
  expect(code).toBe(0)
  const [run = ''] = readdirSync(join(at, 'o'))
  expect(readdirSync(join(at, 'o', run))).toContain('summary.json')
})

test.each(['run small.yaml --out o', 'list rules', 'doctor'])(
  'a full stdout of %s is exit code 3 and one line',
  async (args) => {
    const { code, stderr } = await shell(place(), `$H ${args} >/dev/full`)
    expect(code).toBe(3)
    expect(stderr).toContain('hearsay: stdout: the disk is full\n')
    expect(stderr).not.toMatch(/^ {4}at /m)
  },
)

test('a run whose disk fills goes on, names the files that it lost, and leaves no temporary file', async ({ skip }) => {
  const at = place()
  const disk = join(at, 'disk')
  mkdirSync(disk)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24k', 'tmpfs', disk], { encoding: 'utf8' })
  if (mounted.status !== 0) skip(`no small disk can be mounted: ${mounted.stderr ?? mounted.error?.message}`)
  try {
    const { code, stdout, stderr } = await hearsay(at, ['run', 'small.yaml', '--out', 'disk'])
    expect(code).toBe(3)
    expect(stdout).toMatch(/Not written: .*\(the disk is full\)/)
    expect(stdout).toContain('✓ Finished')
    expect(stderr.match(/the disk is full; going on without this file/g)).toHaveLength(1)
    expect(stderr).not.toMatch(/^ {4}at /m)
    const [run = ''] = readdirSync(disk)
    expect(readdirSync(join(disk, run)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  } finally {
    spawnSync('umount', [disk])
  }
})

test('a run whose folder is removed goes on and ends with its table', async () => {
  const at = place()
  const { code, stdout, stderr } = await shell(
    at,
    '$H run small.yaml --out o --set rounds.count=400 2>err & p=$!; while [ ! -s o/*/events.ndjson ]; do sleep 0.05; done; rm -r o; touch o; wait $p; c=$?; cat err >&2; exit $c',
  )
  expect(code).toBe(3)
  expect(stdout).toContain('✓ Finished')
  expect(stdout).toMatch(/Not written: summary\.json/)
  expect(stderr).toMatch(/going on without this file/)
  expect(stderr).not.toMatch(/^ {4}at /m)
})

test('runs that start in the same second have folders of their own', async () => {
  const at = place()
  const runs = await Promise.all([1, 2, 3].map(() => hearsay(at, ['run', 'small.yaml', '--out', 'o'])))
  expect(runs.map(({ code }) => code)).toEqual([0, 0, 0])
  const paths = runs.map(({ stdout }) => /^Report: (.*)$/m.exec(stdout)?.[1] ?? '')
  expect(new Set(paths).size).toBe(3)
  for (const path of paths) expect(existsSync(join(at, path))).toBe(true)
})

test('paths are printed whole from the root folder, and on one line', async () => {
  const at = join(place(), 'a folder with spaces,\na line feed and ü')
  mkdirSync(at)
  writeFileSync(join(at, 'small.yaml'), experiment)
  const { code, stdout } = await hearsay('/', ['run', join(at, 'small.yaml'), '--out', join(at, 'o')])
  expect(code).toBe(0)
  const [, printed = ''] = /^Report: (.*report\.html)$/m.exec(stdout) ?? []
  expect(existsSync(printed.replace('\\n', '\n'))).toBe(true)
})

test('a checkpoint with one changed bit is not used, and the run starts over', async () => {
  const at = place()
  const rounds = ['--set', 'rounds.count=400']
  await shell(
    at,
    `$H run small.yaml --out o --checkpoint 0 ${rounds.join(' ')} 2>/dev/null & p=$!; for i in $(seq 600); do ls o/*/checkpoint.bin >/dev/null 2>&1 && break; sleep 0.05; done; kill -9 $p; wait $p; true`,
  )
  const [run = ''] = readdirSync(join(at, 'o'))
  const file = join(at, 'o', run, 'checkpoint.bin')
  const whole = readFileSync(file)
  const changed = (place: number): Buffer => {
    const bytes = Buffer.from(whole)
    bytes[place]! ^= 1
    return bytes
  }
  const resume = ['run', 'small.yaml', '--resume', join('o', run), ...rounds]
  // Without its head nothing says which experiment it was.
  writeFileSync(file, changed(200))
  expectRefusal(await hearsay(at, resume), /--resume .*: its checkpoint\.bin is damaged, or of another version/)
  writeFileSync(file, changed(whole.length - 100))
  const { code, stderr } = await hearsay(at, resume)
  expect({ code, line: stderr.split('\n')[0] }).toEqual({
    code: 0,
    line: 'starts over: its checkpoint.bin is damaged, or of another version',
  })
})

test('processes on a machine with loopback only are refused with the way out', async ({ skip }) => {
  const inside = (args: string) => shell(place(), `unshare -n bash -c 'ip link set lo up && $H ${args}'`)
  const possible = await inside('--version')
  if (possible.code !== 0) skip(`no network namespace: ${possible.stderr}`)
  expectRefusal(
    await inside('run small.yaml --set runtime=processes'),
    /runtime\.links: webrtc needs a network interface besides loopback, .*: --set runtime\.links=auto/,
  )
  expect(await inside('run small.yaml --set runtime=processes --set runtime.links=auto')).toMatchObject({ code: 0 })
  expect((await inside('doctor')).stdout).toMatch(
    /only the loopback interface: processes can connect with runtime\.links=auto/,
  )
})
