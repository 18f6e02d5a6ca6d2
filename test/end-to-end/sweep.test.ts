import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { type CommandOptions, cli, runProgram } from './built-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearsay-sweep-'))
const hearsay = (args: readonly string[], options: CommandOptions = {}) =>
  runProgram(process.execPath, [cli, ...args], { cwd: folder, ...options })

const base = {
  name: 'tiny',
  peers: { honest: 4, byzantine: 1, placement: [2] },
  topology: { name: 'complete' },
  learning: { dataset: 'digits', model: 'softmax-regression' },
  aggregation: { name: 'trimmed-mean', f: 1 },
  attack: { name: 'sign-flip' },
  rounds: { count: 4, evaluateEvery: 2 },
}
const sweep = { seeds: 2, grid: { aggregation: ['median', 'average'] } }

beforeAll(() => {
  if (!existsSync(cli)) throw new Error('dist/ is not built; run: npm run build')
  write('tiny.yaml', { ...base, sweep })
  write('single.yaml', base)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, experiment: object): void {
  writeFileSync(join(folder, name), stringify(experiment))
}

/** The only folder in a folder. */
function only(out: string): string {
  const [name, ...more] = readdirSync(join(folder, out))
  expect(more).toEqual([])
  return join(folder, out, name as string)
}

/** The transcript hash of each finished run in a sweep folder. */
function transcripts(sweepFolder: string): Record<string, string> {
  const runs = join(sweepFolder, 'runs')
  const summaries = readdirSync(runs).flatMap((run) => {
    const path = join(runs, run, 'summary.json')
    return existsSync(path) ? [[run, JSON.parse(readFileSync(path, 'utf8'))] as const] : []
  })
  const finished = summaries.filter(([, { verdict }]) => verdict.kind !== 'interrupted')
  return Object.fromEntries(finished.map(([run, { repetition }]) => [run, repetition.transcriptHash]))
}

test('a sweep runs every cell with every seed; its shards, merged, give the same result', async () => {
  const whole = await hearsay(['sweep', 'tiny.yaml', '--out', 'whole'])
  expect(whole).toMatchObject({ code: 0, leftovers: false })
  expect(whole.stderr).toMatch(
    /^2 cells with 2 seeds: 4 runs in whole\/tiny-[0-9a-f]{8}\n.* at a time, about .*, estimated from/,
  )
  expect(whole.stderr).toMatch(/4 of 4 runs {2}aggregation \w+, seed \d: /)
  expect(whole.stdout).toMatch(/median .* 2 of 2 /)
  const reference = transcripts(only('whole'))
  expect(Object.keys(reference)).toEqual([
    expect.stringMatching(/^average-s1-[0-9a-f]{8}$/),
    expect.stringMatching(/^average-s2-/),
    expect.stringMatching(/^median-s1-/),
    expect.stringMatching(/^median-s2-/),
  ])
  expect(new Set(Object.values(reference)).size).toBe(4)
  for (const run of Object.keys(reference)) {
    expect(readdirSync(join(only('whole'), 'runs', run)).sort()).toEqual(
      ['environment.json', 'events.ndjson', 'experiment.yaml', 'report.html', 'summary.json'].sort(),
    )
  }
  for (const shard of [1, 2, 3]) {
    const part = await hearsay(['sweep', 'tiny.yaml', '--out', `part-${shard}`, '--shard', `${shard}/3`, '--bare'])
    expect(part).toMatchObject({ code: 0, leftovers: false })
    expect(part.stderr).toMatch(`shard ${shard} of 3: ${shard === 1 ? '2 runs' : '1 run'}\n`)
    expect(Object.keys(transcripts(only(`part-${shard}`)))).toHaveLength(shard === 1 ? 2 : 1)
    cpSync(join(folder, `part-${shard}`), join(folder, 'merged'), { recursive: true })
  }
  const merged = await hearsay(['report', only('merged')])
  expect(merged).toMatchObject({ code: 0, stderr: '' })
  expect(merged.stdout).toMatch(/4 of 4 runs finished\n/)
  expect(transcripts(only('merged'))).toEqual(reference)
  expect(existsSync(join(only('merged'), 'report.html'))).toBe(true)
})

test('finished runs are neither overwritten nor run again', async () => {
  const shard = ['sweep', 'tiny.yaml', '--out', 'again', '--bare', '--shard']
  expect((await hearsay([...shard, '1/2'])).code).toBe(0)
  const before = transcripts(only('again'))
  const refused = await hearsay([...shard, '1/1'])
  expect(refused).toMatchObject({ code: 2, stdout: '' })
  expect(refused.stderr).toMatch(
    /^hearsay: again\/tiny-\w+: already has 2 of 4 runs; keep them and run the rest with --resume, or choose another folder with --out\n$/,
  )
  const planned: { folder: string }[] = JSON.parse(readFileSync(join(only('again'), 'plan.json'), 'utf8')).runs
  const [begun] = planned.filter((run) => !existsSync(join(only('again'), run.folder)))
  mkdirSync(join(only('again'), begun!.folder))
  writeFileSync(join(only('again'), begun!.folder, 'events.ndjson'), '')
  const rest = await hearsay([...shard, '1/1', '--resume'])
  expect(rest.code).toBe(0)
  expect(rest.stderr).toMatch('finished already: 2 of 4\n')
  expect(rest.stderr).toMatch('2 of 2 runs')
  // Only for the run that had begun; the other one never started.
  expect(rest.stderr.match(/starts over: there is no checkpoint/g)).toHaveLength(1)
  expect(transcripts(only('again'))).toMatchObject(before)
  const nothing = await hearsay([...shard, '1/1', '--resume'])
  expect(nothing.code).toBe(0)
  expect(nothing.stderr).toMatch('nothing is left to do\n')
})

test('after Ctrl-C nothing keeps running, and --resume runs the rest', async () => {
  const changes = ['--set', 'rounds.count=300', '--set', 'sweep.seeds=1']
  const long = ['sweep', 'tiny.yaml', '--out', 'stopped', ...changes, '--jobs', '1', '--bare']
  const stopped = await hearsay(long, { interruptAt: /1 of 2 runs/ })
  expect(stopped).toMatchObject({ code: 130, leftovers: false })
  expect(stopped.stdout).toMatch('1 of 2 runs finished\n')
  const [first] = Object.entries(transcripts(only('stopped'))) as [[string, string]]
  const resumed = await hearsay([...long, '--resume'])
  expect(resumed).toMatchObject({ code: 0, leftovers: false })
  expect(resumed.stdout).toMatch('2 of 2 runs finished\n')
  expect(Object.entries(transcripts(only('stopped')))).toContainEqual(first)
})

test('a run on a machine that went down continues from its checkpoint, bit for bit', async () => {
  const long = ['run', 'single.yaml', '--set', 'rounds.count=200', '--checkpoint', '0', '--out']
  expect((await hearsay([...long, 'up'])).code).toBe(0)
  const down = await hearsay([...long, 'down'], { killAt: /\d+ of 200 rounds/ })
  expect(down).toMatchObject({ code: null, leftovers: false })
  // If it was killed during a write, the temporary file is left too.
  const half = /^checkpoint\.bin\..+\.tmp$/
  const left = readdirSync(only('down')).filter((name) => !half.test(name))
  expect(left.sort()).toEqual(['checkpoint.bin', 'events.ndjson'])
  writeFileSync(join(only('down'), 'checkpoint.bin.half.tmp'), 'h')
  const on = await hearsay([...long, 'down', '--resume', only('down')])
  expect(on.stderr).toMatch(/^continues after round \d+\n/)
  expect(on.code).toBe(0)
  const hashIn = (out: string) =>
    JSON.parse(readFileSync(join(only(out), 'summary.json'), 'utf8')).repetition.transcriptHash
  expect(hashIn('down')).toBe(hashIn('up'))
  expect(readdirSync(only('down')).filter((name) => name.startsWith('checkpoint'))).toEqual([])
  const done = await hearsay([...long, 'down', '--resume', only('down')])
  expect(done).toMatchObject({ code: 2, stdout: '' })
  expect(done.stderr).toMatch(/^hearsay: --resume .*: this run is finished; see: hearsay report .*\n$/)
  const other = await hearsay([...long, 'down', '--set', 'seed=9', '--resume', only('down')])
  expect(other.stderr).toMatch(/^hearsay: --resume .*: there is no run of this experiment; .*\n$/)
})

test('a run that breaks stops no other; exit code 3', async () => {
  const broken = { ...sweep, seeds: 1, grid: { aggregation: ['median', { command: [process.execPath, '-e', '0'] }] } }
  write('broken.yaml', { ...base, sweep: broken })
  const { code, stdout, stderr, leftovers } = await hearsay(['sweep', 'broken.yaml', '--out', 'broken', '--jobs', '1'])
  expect({ code, leftovers }).toEqual({ code: 3, leftovers: false })
  expect(stderr).toMatch(
    /\nbroke: aggregation .*, seed 1: .*the rule .* ended \(exit code 0\) \(peer \d, round 0\)\.\n$/,
  )
  expect(stdout).toMatch(/1 of 2 runs finished\n1 run broke \(aggregation .*\): .*the rule .* ended \(exit code 0\)/)
})

test('an expectation of a run that fails is exit code 1', async () => {
  write('hopeful.yaml', { ...base, expect: [{ metric: 'accuracy.mean', atLeast: 1 }], sweep: { seeds: 1 } })
  const { code, stdout } = await hearsay(['sweep', 'hopeful.yaml', '--out', 'hopeful'])
  expect(code).toBe(1)
  expect(stdout).toMatch('in 1 run an expectation failed\n')
})

test('--plan prints the runs, for people and for programs, and runs nothing', async () => {
  const said = await hearsay(['sweep', 'tiny.yaml', '--out', 'planned', '--plan'])
  expect(said).toMatchObject({ code: 0, stderr: '' })
  expect(said.stdout).toMatch(/^2 cells with 2 seeds: 4 runs in /)
  const { code, stdout } = await hearsay(['sweep', 'tiny.yaml', '--shard', '2/3', '--plan', '--json'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    cells: 2,
    seeds: 2,
    runs: 4,
    shard: { index: 2, of: 3, runs: 1, finished: 0 },
    estimatedMs: expect.any(Number),
    estimatedFrom: expect.stringMatching(/^three rounds of a run/),
  })
  expect(existsSync(join(folder, 'planned'))).toBe(false)
})

describe('bad input is one clear line and exit code 2, and nothing runs', () => {
  test.each<[what: string, args: string[], line: RegExp]>([
    ['a sweep that is run', ['run', 'tiny.yaml'], /tiny\.yaml: is a sweep; run it with: hearsay sweep tiny\.yaml/],
    [
      'a cell that cannot run',
      ['sweep', 'tiny.yaml', '--set', 'sweep.grid={aggregation.f: [1, 3]}'],
      /^hearsay: tiny\.yaml: aggregation\.f 3, seed 1: aggregation: trimmed-mean needs n > 2f, got n=5, f=3/,
    ],
    ['a shard that is none', ['sweep', 'tiny.yaml', '--shard', '3/2'], /--shard 3\/2: write i\/n with i from 1 to n/],
  ])('%s', async (_, args, line) => {
    const { code, stdout, stderr, leftovers } = await hearsay([...args])
    expect(stderr).toMatch(/^hearsay: [^\n]+\n$/)
    expect(stderr).toMatch(line)
    expect({ code, stdout, leftovers }).toEqual({ code: 2, stdout: '', leftovers: false })
    expect(existsSync(join(folder, 'runs'))).toBe(false)
  })
})
