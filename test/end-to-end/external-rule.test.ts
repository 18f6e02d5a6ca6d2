import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ExperimentError, RunError, run } from '#harness/index.ts'
import { loadDataset } from '#node/data/load.ts'
import { packageFolder } from '#node/data/package-folder.ts'
import { changeExperiment, loadExperiment } from '../../harness/config/load.ts'
import { launchSimulation } from '../../harness/launch/simulation.ts'
import { launchSwarm } from '../../harness/launch/swarm.ts'
import { replay } from '../../harness/replay/replay.ts'
import { performRun } from '../../harness/run/perform.ts'
import { createProgress } from '../../harness/terminal/progress.ts'
import { cli, runProgram } from './built-command.ts'

const dataset = await loadDataset('digits')
const never = new AbortController().signal

/** The trimmed midrange of examples as a Node program, because Python may be missing. */
const program = `
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { inputs, f } = JSON.parse(line)
  const output = inputs[0].map((_, k) => {
    const column = inputs.map((row) => row[k]).sort((a, b) => a - b)
    return (column[f] + column[column.length - 1 - f]) / 2
  })
  console.log(JSON.stringify({ output }))
})`
const asModule = { module: 'examples/trimmed-midrange.ts', f: 1 }
const asCommand = { command: [process.execPath, '-e', program], f: 1 }

function experimentOf(aggregation: Record<string, unknown>, runtime: Record<string, unknown> = { name: 'simulation' }) {
  const base = loadExperiment('quickstart', ['twins=[]', 'expect=[]', 'runtime=simulation'])
  return changeExperiment(
    base,
    {
      'learning.dataset': 'digits',
      'learning.model': 'softmax-regression',
      'rounds.count': 6,
      'rounds.evaluateEvery': 3,
      aggregation,
      runtime,
    },
    'test',
  )
}

test('a rule from a TypeScript file and the same rule as a program compute the same bits', async () => {
  const [fromFile, fromProgram] = [
    await launchSimulation(experimentOf(asModule), dataset, () => {}, never),
    await launchSimulation(experimentOf(asCommand), dataset, () => {}, never),
  ]
  expect(fromFile.outcome).toBe('finished')
  expect(fromProgram.transcriptHash).toBe(fromFile.transcriptHash)
  const median = await launchSimulation(experimentOf({ name: 'median' }), dataset, () => {}, never)
  expect(median.transcriptHash).not.toBe(fromFile.transcriptHash)
})

test('pre-aggregators run before a rule of the user, in a swarm of processes', async () => {
  const experiment = experimentOf({ ...asModule, before: [{ name: 'nnm', f: 1 }] }, { name: 'processes' })
  const outcome = await launchSwarm({ experiment, dataset, watch: () => {}, signal: never, say: () => {} })
  expect(outcome.failure).toBeUndefined()
  expect(outcome.outcome).toBe('finished')
})

test('its runs are D2, and replay compares with the current program', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-rule-'))
  const script = join(folder, 'rule.cjs')
  writeFileSync(script, program)
  const experiment = experimentOf({ command: [process.execPath, script], f: 1 })
  const { repetition } = await performRun(experiment, dataset, {
    folder,
    signal: never,
    report: false,
    progress: createProgress({ name: experiment.name, rounds: 6, twins: [] }),
    launch: (launched, data, { watch, signal }) => launchSimulation(launched, data, watch, signal),
  })
  expect(repetition).toMatchObject({ class: 'D2', otherwise: 'D0', reason: expect.stringContaining('rule.cjs') })
  const again = () => replay(folder, { watch: () => () => {}, signal: never })
  expect(await again()).toMatchObject({ class: 'D2', as: 'D0', first: null })
  writeFileSync(script, program.replace('/ 2', '/ 2.5'))
  expect(await again()).toMatchObject({ first: { round: 2 } })
  rmSync(folder, { recursive: true })
})

test('tabs and hosted runs refuse it in one line', () => {
  for (const name of ['browsers', 'hosted']) {
    expect(() => experimentOf(asModule, { name })).toThrow(
      `test: aggregation: your own rule runs only in runtime simulation or processes, not in ${name}`,
    )
  }
})

const folder = mkdtempSync(join(tmpdir(), 'hearsay-own-rule-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A module whose rule has this body of `aggregate({ vectors, own, state })`. */
function moduleOf(name: string, body: string): { module: string; timeoutMs: number } {
  const module = join(folder, `${name}.mjs`)
  const rule = join(packageFolder(), 'dist', 'aggregation', 'rule.js')
  writeFileSync(
    module,
    `import { defineRule, tolerance } from ${JSON.stringify(rule)}
let rounds = 0
export const rule = defineRule({
  name: 'mine', summary: 's', reference: 'https://example.org', parameters: { f: tolerance.default(0) }, cost: 'n',
  requires: 'n > 2f', minimum: ({ f }) => 2 * f + 1,
  aggregate({ vectors, own, state }) { rounds += 1; ${body} },
})`,
  )
  return { module, timeoutMs: 2000 }
}

/** A program that answers each request with the value of an expression over `request` and `d`. */
function programOf(answer: string): { command: string[]; timeoutMs: number } {
  const text = `require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line), d = request.inputs[0].length
  ${answer}
})`
  return { command: [process.execPath, '-e', text], timeoutMs: 2000 }
}

const say = (value: string) => `console.log(JSON.stringify(${value}))`
const ones = 'vectors.map(() => 1 / vectors.length)'

test.each<[string, Record<string, unknown>, RegExp]>([
  [
    'a module with a wrong length',
    moduleOf('short', `return { output: new Float32Array(3), influence: ${ones} }`),
    /answered 3 numbers, the model has 650/,
  ],
  [
    'a module with NaN',
    moduleOf('nan', `return { output: vectors[0].map(() => NaN), influence: ${ones} }`),
    /answered NaN as output\[0\]/,
  ],
  ['a module without influence', moduleOf('no-influence', 'return { output: vectors[0] }'), /returned no influence/],
  ['a module that throws', moduleOf('throws', 'throw new Error("no idea")'), /threw: no idea/],
  [
    'a module that throws later',
    moduleOf(
      'late',
      `setTimeout(() => { throw new Error('late') }); return { output: vectors[0], influence: ${ones} }`,
    ),
    /threw outside of aggregate: late/,
  ],
  [
    'a module with a rejection',
    moduleOf('rejection', `Promise.reject(new Error('late')); return { output: vectors[0], influence: ${ones} }`),
    /threw outside of aggregate: late/,
  ],
  [
    'a module that hangs',
    { ...moduleOf('hangs', 'for (;;) {}'), timeoutMs: 300 },
    /did not answer within 300 ms \(timeoutMs\)/,
  ],
  ['a module that ends its thread', moduleOf('exits', 'process.exit(4)'), /ended its thread with exit code 4/],
  [
    'a module that fails in a later round',
    moduleOf('later', `if (rounds > 20) return; return { output: vectors[0], influence: ${ones} }`),
    /returned undefined instead of/,
  ],
  [
    'a module behind a pre-aggregator',
    { ...moduleOf('behind', 'return {}'), before: ['clipping'] },
    /returned undefined as output/,
  ],
  ['a program with a wrong length', programOf(say('{ output: [1] }')), /answered 1 numbers, the model has 650/],
  ['a program beyond 32 bits', programOf(say('{ output: Array(d).fill(1e300) }')), /answered 1e\+300 as output\[0\]/],
  [
    'a program with a wrong influence',
    programOf(say('{ output: request.inputs[0], influence: [1] }')),
    /returned 1 numbers as influence/,
  ],
  ['a program that answers nonsense', programOf('console.log("hm")'), /answered a line that is not JSON: hm/],
  ['a program that hangs', { ...programOf(''), timeoutMs: 300 }, /did not answer within 300 ms \(timeoutMs\)/],
  ['a program that ends', programOf('process.exit(5)'), /ended \(exit code 5\)/],
])('%s breaks the run with one line', async (_, aggregation, reason) => {
  const error = await run(experimentOf(aggregation)).catch((rejected) => rejected)
  expect(error).toBeInstanceOf(RunError)
  expect(error.reason).toMatch(reason)
  expect(error.reason.split('\n')).toHaveLength(1)
  expect(error.summary.verdict).toMatchObject({ kind: 'swarm broke', exitCode: 3 })
})

test('a rule that writes into its inputs changes its own copies only, in the simulator and in processes', async () => {
  const leak = moduleOf(
    'leak',
    `const output = vectors[own].slice(); vectors.forEach((v) => v.fill(0)); return { output, influence: ${ones} }`,
  )
  const plain = moduleOf('plain', `return { output: vectors[own].slice(), influence: ${ones} }`)
  const accuracies: string[] = []
  for (const [rule, runtime] of [
    [plain, 'simulation'],
    [leak, 'simulation'],
    [leak, 'processes'],
  ] as const) {
    const { metrics } = await run(experimentOf(rule, { name: runtime }))
    accuracies.push(metrics.accuracy.mean.toFixed(9))
  }
  expect(new Set(accuracies).size).toBe(1)
})

test.each<[string, Record<string, unknown>, RegExp]>([
  [
    'a module that is not there',
    { module: join(folder, 'nothing.ts') },
    /aggregation\.module: there is no file .*nothing\.ts/,
  ],
  [
    'a module that does not parse',
    { module: broken('syntax.mjs', 'export const rule = {') },
    /aggregation\.module: .*syntax\.mjs does not load/,
  ],
  [
    'a module without a rule',
    { module: broken('norule.mjs', 'export const other = 1') },
    /norule\.mjs does not export a const rule made by defineRule/,
  ],
  [
    'a module that throws as it loads',
    { module: broken('throws-early.mjs', 'throw new Error("early")') },
    /does not load: early/,
  ],
  ['a program that is not there', { command: [join(folder, 'nothing'), 'x'] }, /does not start/],
])('%s is refused before anything starts, and leaves no run folder', async (_, aggregation, problem) => {
  const out = join(folder, 'runs')
  const error = await run(experimentOf(aggregation), { out }).catch((rejected) => rejected)
  expect(error).toBeInstanceOf(ExperimentError)
  expect(error.problems).toEqual([expect.stringMatching(problem)])
  expect(existsSync(out) ? readdirSync(out) : []).toEqual([])
})

function broken(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

test('f as a share reaches a program as a number, of the vectors that its pre-aggregators leave', async () => {
  const told = programOf(
    'if (request.f !== 1 || request.inputs.length !== 3) process.exit(9); console.log(JSON.stringify({ output: request.inputs[0] }))',
  )
  const { verdict } = await run(experimentOf({ ...told, f: { share: 0.4 }, before: [{ name: 'bucketing', size: 2 }] }))
  expect(verdict.kind).toBe('as expected')
})

test('what a module prints does not reach stdout', async () => {
  const noisy = moduleOf('noisy', `console.log('noise'); return { output: vectors[0], influence: ${ones} }`)
  const file = join(folder, 'noisy.json')
  writeFileSync(file, JSON.stringify({ ...experimentOf(noisy), name: 'noisy' }))
  const { stdout, stderr, code } = await runProgram(process.execPath, [
    cli,
    'run',
    file,
    '--out',
    join(folder, 'noisy'),
  ])
  expect(code, stderr).toBe(0)
  expect(stdout).not.toContain('noise\n')
  expect(stderr).toContain('noise\n')
})
