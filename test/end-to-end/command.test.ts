import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { type CommandOptions, cli, type Finished, runProgram } from './built-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearsay-command-'))
const runs = join(folder, 'runs')

const tiny = {
  name: 'tiny',
  peers: { honest: 4, byzantine: 1, placement: [2] },
  topology: { name: 'complete' },
  learning: { dataset: 'digits', model: 'softmax-regression', engine: 'tfjs-cpu' },
  aggregation: { name: 'trimmed-mean', f: 1 },
  attack: { name: 'sign-flip' },
  rounds: { count: 4, evaluateEvery: 2 },
}

beforeAll(() => {
  if (!existsSync(cli)) throw new Error('dist/ is not built; run: npm run build')
  writeFileSync(join(folder, 'tiny.yaml'), stringify(tiny))
  writeFileSync(join(folder, 'wrong.yaml'), 'name: [1\n  a: b')
  mkdirSync(join(folder, 'empty'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const hearsay = (args: readonly string[], options: CommandOptions = {}) =>
  runProgram(process.execPath, [cli, ...args], { cwd: folder, ...options })

/** Bad input: one clear line on stderr, exit code 2, nothing on stdout, nothing left on disk or running. */
function expectRefusal({ code, stdout, stderr, leftovers }: Finished, line: RegExp): void {
  expect(stderr).toMatch(/^hearsay: [^\n]+\n$/)
  expect(stderr).toMatch(line)
  expect({ code, stdout, leftovers }).toEqual({ code: 2, stdout: '', leftovers: false })
  expect(existsSync(runs) ? readdirSync(runs) : []).toEqual([])
}

const run = ['run', 'tiny.yaml', '--out', runs]

describe('bad input is one clear line and exit code 2', () => {
  test.each<[what: string, args: string[], line: RegExp]>([
    ['a missing file', ['run', 'tinny.yaml'], /tinny\.yaml: there is no such file or preset; presets: .*quickstart/],
    ['a preset with a slip', ['run', 'quickstrat'], /did you mean quickstart\?$/m],
    ['wrong YAML', ['run', 'wrong.yaml'], /wrong\.yaml: .* at line 1, column 8/],
    [
      'an unknown key',
      [...run, '--set', 'rounds.evaluateEvry=2'],
      /rounds\.evaluateEvry: .*did you mean evaluateEvery\?/,
    ],
    [
      'an unknown rule',
      [...run, '--set', 'aggregation=medain'],
      /"medain" .*one of average, median, .*did you mean median\?/,
    ],
    ['a value out of bounds', [...run, '--set', 'learning.learningRate=0'], /learning\.learningRate: 0 /],
    [
      'an f too large for the neighbourhood',
      [...run, '--set', 'aggregation.f=3'],
      /aggregation: trimmed-mean needs n > 2f, got n=5, f=3/,
    ],
    [
      'a topology that does not fit',
      [...run, '--set', 'topology={name: torus, rows: 2, columns: 3}'],
      /topology: torus of rows=2, columns=3 needs n=6 peers, got n=5/,
    ],
    ['a set without a value', [...run, '--set', 'rounds.count'], /--set rounds\.count: write path=value/],
    ['a hosted experiment given to run', [...run, '--set', 'runtime=hosted'], /start it with: hearsay host/],
    [
      'a folder that cannot be made',
      ['run', 'tiny.yaml', '--out', 'tiny.yaml/runs'],
      /run folder cannot be made: .*: is a file, not a folder|run folder cannot be made: .*is not a folder, or its path goes through a file/,
    ],
    ['an unknown command', ['runn'], /runn: there is no such command; did you mean run\?/],
    ['an unknown command of a command', ['topology', 'shw'], /Unknown command shw; see: hearsay topology --help/],
    ['an unknown option', [...run, '--sett', 'seed=2'], /--sett: there is no such option; did you mean --set\?/],
    ['a short option', [...run, '-x'], /-x: there is no such option; known: --set, --out/],
    ['an option without its value', ['run', 'tiny.yaml', '--out'], /--out needs a value/],
    ['a second file', [...run, 'other.yaml'], /other\.yaml: one argument too many/],
    ['no file at all', ['run'], /Missing required positional argument: FILE; see: hearsay run --help/],
    ['an invalid port', ['relay', '--port', '70000'], /--port 70000: write a whole number from 0 to 65535/],
    ['an invalid link', ['join', 'nolink'], /nolink: not a link; a link of hearsay host looks like/],
    ['a link without a token', ['join', 'http://127.0.0.1:9000/'], /the link has no token/],
    ['a folder that is not a run folder', ['report', 'empty'], /empty: there is no summary\.json/],
    ['one of several data sets', ['data', 'fetch', 'mnist', 'mnits'], /no data set named mnits; did you mean mnist\?/],
    [
      'an unknown kind of list',
      ['list', 'rulez'],
      /list rulez: there is no such list; known: rules, .*did you mean rules\?/,
    ],
  ])('%s', async (_, args, line) => {
    expectRefusal(await hearsay(args), line)
  })

  test('a missing data set', async () => {
    const refused = await hearsay([...run, '--set', 'learning.dataset=mnist'], {
      env: { HEARSAY_DATA: join(folder, 'empty') },
    })
    expectRefusal(
      refused,
      /data set mnist: cannot read .*train-images.*: run hearsay data fetch mnist, or set HEARSAY_DATA/,
    )
  })

  test.each(['browsers', '{ name: mixed, tabs: 2 }'])('no browser for runtime %s', async (runtime) => {
    const refused = await hearsay([...run, '--set', `runtime=${runtime}`], {
      env: { HEARSAY_CHROMIUM: join(folder, 'no-chromium') },
    })
    expectRefusal(refused, /no browser: HEARSAY_CHROMIUM names \S+no-chromium, which does not exist/)
  })

  test('an occupied port, and a link without a host', async () => {
    const server = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const port = String((server.address() as AddressInfo).port)
    const taken = new RegExp(`port ${port} of 127\\.0\\.0\\.1 cannot be used: it is taken; choose another with --port`)
    expectRefusal(await hearsay(['relay', '--port', port]), taken)
    expectRefusal(await hearsay(['host', 'tiny.yaml', '--port', port, '--out', runs]), taken)
    await new Promise((resolve) => server.close(resolve))
    expectRefusal(
      await hearsay(['join', `http://127.0.0.1:${port}/#token=none`]),
      new RegExp(`http://127\\.0\\.0\\.1:${port}: no host answers there \\(ECONNREFUSED\\)`),
    )
  })
})

test('a run writes its folder, report reads it again, and an expectation that fails is exit code 1', async () => {
  const out = join(folder, 'good')
  const good = await hearsay(['run', 'tiny.yaml', '--out', out])
  expect({ code: good.code, leftovers: good.leftovers }).toEqual({ code: 0, leftovers: false })
  expect(good.stdout).toMatch(/^ +2 +simulated +Byzantine/m)
  const [name] = readdirSync(out)
  const made = join(out, String(name))
  expect(readdirSync(made).sort()).toEqual([
    'environment.json',
    'events.ndjson',
    'experiment.yaml',
    'report.html',
    'summary.json',
  ])
  const path = join(made, 'report.html')
  const html = readFileSync(path, 'utf8')
  rmSync(path)
  const again = await hearsay(['report', made])
  expect({ code: again.code, stderr: again.stderr }).toEqual({ code: 0, stderr: '' })
  expect(readFileSync(path, 'utf8')).toBe(html)
  expect(good.stdout).toContain(again.stdout.split('\n\n')[0])

  // The resolved experiment of a run folder is an experiment file.
  const failing = ['--set', 'expect=[{ metric: accuracy.worst, atLeast: 1 }]', '--out', join(folder, 'failing')]
  const failed = await hearsay(['run', join(made, 'experiment.yaml'), ...failing])
  expect({ code: failed.code, leftovers: failed.leftovers }).toEqual({ code: 1, leftovers: false })
  expect(failed.stdout).toMatch(/Expected accuracy\.worst at least 1, got 0\.\d+/)
})

test.each(['simulation', '{ name: processes, links: auto }'])(
  'Ctrl-C ends runtime %s with 130, keeps the results so far, leaves no process',
  async (runtime) => {
    const out = mkdtempSync(join(folder, 'interrupted-'))
    const args = ['run', 'tiny.yaml', '--out', out, '--set', 'rounds.count=2000', '--set', `runtime=${runtime}`]
    const { code, leftovers, stderr } = await hearsay(args, { interruptAt: /of 2000 rounds|is wired/ })
    expect({ code, leftovers }).toEqual({ code: 130, leftovers: false })
    expect(stderr).toContain('stopping: results so far are kept')
    const made = join(out, String(readdirSync(out)[0]))
    expect(statSync(join(made, 'events.ndjson')).size).toBeGreaterThan(0)
    const { verdict } = JSON.parse(readFileSync(join(made, 'summary.json'), 'utf8'))
    expect(verdict.kind).toBe('interrupted')
  },
)

test('Ctrl-C during the twins ends with 130 and keeps the run, which names the missing twins', async () => {
  const out = mkdtempSync(join(folder, 'untwinned-'))
  const twins = 'twins=[{ name: long, label: long, set: { rounds.count: 20000 } }]'
  const args = ['run', 'tiny.yaml', '--out', out, '--set', twins, '--set', 'runtime=simulation']
  const { code, leftovers, stdout } = await hearsay(args, { interruptAt: /long: \d+ of 20000 rounds/ })
  expect({ code, leftovers }).toEqual({ code: 130, leftovers: false })
  expect(stdout).toContain('Not run to the end: 1 twin (long).')
  const { verdict, metrics } = JSON.parse(readFileSync(join(out, String(readdirSync(out)[0]), 'summary.json'), 'utf8'))
  expect(verdict.kind).toBe('interrupted')
  expect(metrics.accuracy.mean).toBeGreaterThan(0)
})

describe('filters answer every line', () => {
  test('aggregate: an output for a good line, an error for a bad one, exit code 2', async () => {
    const input = [
      '{"rule":{"name":"trimmed-mean","f":1},"inputs":[[1,8],[2,9],[90,10]]}',
      '{"rule":{"name":"trimmed-mean","f":2},"inputs":[[1,8],[2,9],[90,10]]}',
    ]
    const { code, stdout, stderr } = await hearsay(['aggregate'], { input: `${input.join('\n')}\n` })
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toEqual([{ output: [2, 9] }, { error: 'trimmed-mean needs n > 2f, got n=3, f=2' }])
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' })
  })

  test('craft: an output for a good line, an error for a bad one, exit code 2', async () => {
    const input = ['{"attack":{"name":"little-is-enough","z":1.5},"honest":[[1,2],[3,4]],"n":8,"m":2}', 'not JSON']
    const { code, stdout, stderr } = await hearsay(['craft'], { input: `${input.join('\n')}\n` })
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    // Mean (2, 3) minus 1.5 times the standard deviation (1, 1).
    expect(lines[0]).toEqual({ output: [0.5, 1.5], z: 1.5 })
    expect(lines[1].error).toMatch(/^not valid JSON: /)
    expect({ code, stderr, count: lines.length }).toEqual({ code: 2, stderr: '', count: 2 })
  })

  test('a byte order mark, carriage returns, empty and invalid lines: each line has its answer', async () => {
    const good = '{"rule":{"name":"median"},"inputs":[[1],[2],[9]]}'
    const input = `\ufeff${good}\r\n\n${good},\n${good}`
    const { code, stdout, stderr } = await hearsay(['aggregate'], { input })
    const lines = stdout.split('\n').map((line) => line.slice(0, 30))
    expect(lines).toEqual([
      '{"output":[2]}',
      '{"error":"an empty line; write',
      '{"error":"not valid JSON: Unex',
      '{"output":[2]}',
      '',
    ])
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' })
  })

  test('if the reader closes, it ends without an error', async () => {
    const many = '{"rule":{"name":"median"},"inputs":[[1],[2],[9]]}\n'.repeat(20_000)
    writeFileSync(join(folder, 'many.jsonl'), many)
    const script = `set -o pipefail; "${process.execPath}" "${cli}" aggregate < many.jsonl | head -1`
    const { code, stdout, stderr } = await runProgram('bash', ['-c', script], { cwd: folder })
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '{"output":[2]}\n', stderr: '' })
  })

  test.each(['aggregate', 'craft'])('%s: refuses a directory as stdin', async (filter) => {
    const script = `"${process.execPath}" "${cli}" ${filter} < .`
    const { code, stdout, stderr } = await runProgram('bash', ['-c', script], { cwd: folder })
    const line = expect.stringMatching(/^.*stdin: is a folder, needs lines of JSON\n$/)
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: line })
  })

  test('help describes the keys of a line', async () => {
    for (const [filter, key] of [
      ['aggregate', 'inputs'],
      ['craft', 'honest'],
    ] as const) {
      const { code, stdout } = await hearsay([filter, '--help'])
      expect(code).toBe(0)
      expect(stdout).toMatch(new RegExp(`^  ${key} .*; required$`, 'm'))
      expect(stdout).toContain('docs/filters.md')
    }
  })

  test('exit code 0 if all lines are good', async () => {
    const input = '{"rule":{"name":"median"},"inputs":[[1],[2],[9]]}\n'
    const { code, stdout } = await hearsay(['aggregate'], { input })
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"output":[2]}\n' })
  })
})

test('help of a command inside a command names both', async () => {
  const { code, stdout } = await hearsay(['topology', 'show', '--help'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^USAGE hearsay topology show /m)
})

test('help in a pipe has no control characters, and names every key of an experiment', async () => {
  const { code, stdout } = await hearsay(['run', '--help'])
  expect(code).toBe(0)
  expect(stdout).not.toContain('\u001b')
  expect(stdout).toContain('rounds.deadlineMs')
})
