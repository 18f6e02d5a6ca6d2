import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ExperimentError, type ExperimentInput, krum, littleIsEnough, ring, run, simulate } from '#harness/index.ts'

const out = mkdtempSync(join(tmpdir(), 'hearsay-run-'))
const printed: unknown[] = []
beforeAll(() => {
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      printed.push(text)
      return true
    })
})
afterAll(() => {
  vi.restoreAllMocks()
  rmSync(out, { recursive: true, force: true })
})

const small = {
  name: 'small',
  peers: 5,
  topology: 'complete',
  aggregation: 'median',
  learning: { model: 'softmax-regression', dataset: 'digits', partition: 'iid' },
  rounds: { count: 3, evaluateEvery: 3 },
  runtime: 'simulation',
} satisfies ExperimentInput

test('resolves to the summary, reports events, prints and writes nothing', async () => {
  const events: string[] = []
  const before = readdirSync('.')
  const summary = await run(small, { onEvent: ({ type }) => void events.push(type) })
  expect(summary.metrics.accuracy.mean).toBeGreaterThan(0.5)
  expect(summary.verdict.kind).toBe('as expected')
  expect(events).toContain('roster')
  expect(events.filter((type) => type === 'evaluated')).toHaveLength(5)
  expect(printed).toEqual([])
  expect(readdirSync('.')).toEqual(before)
})

test('with out the run folder has the same summary', async () => {
  const summary = await run(small, { out })
  const [folder = ''] = readdirSync(out)
  expect(JSON.parse(readFileSync(join(out, folder, 'summary.json'), 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(summary)),
  )
  expect(readdirSync(join(out, folder))).toContain('report.html')
})

test('takes rules, attacks and topologies as functions, and the same run by names gives the same bits', async () => {
  const byFunctions = await run({
    ...small,
    peers: { honest: 6, byzantine: 2 },
    topology: ring({ neighbours: 6 }),
    aggregation: krum({ f: 2 }),
    attack: littleIsEnough({ z: 1 }),
  })
  const byNames = await run({
    ...small,
    peers: { honest: 6, byzantine: 2 },
    topology: { name: 'ring', neighbours: 6 },
    aggregation: { name: 'krum', f: 2 },
    attack: { name: 'little-is-enough', z: 1 },
  })
  expect(byFunctions.experimentId).toBe(byNames.experimentId)
  expect(byFunctions.repetition.transcriptHash).toBe(byNames.repetition.transcriptHash)
})

test('simulate runs any experiment in the simulator; extends takes a preset', async () => {
  const summary = await simulate({ extends: 'quickstart', rounds: { count: 1 }, twins: [], expect: [] })
  expect(summary.experiment.runtime.name).toBe('simulation')
  expect(summary.experiment.rounds.count).toBe(1)
})

test('a failed expectation does not reject', async () => {
  const { verdict } = await run({ ...small, expect: [{ metric: 'accuracy.mean', atLeast: 0.999 }] })
  expect(verdict).toMatchObject({ kind: 'expectation failed', exitCode: 1 })
})

test('a bad experiment rejects with every problem', async () => {
  const bad = { ...small, peers: -1, rounds: { count: 0 }, topolgy: 'ring', seed: 'x', exchange: 'none of these' }
  const error = await run(bad as unknown as ExperimentInput).catch((reason) => reason)
  expect(error).toBeInstanceOf(ExperimentError)
  expect(error.exitCode).toBe(2)
  for (const path of ['peers', 'rounds.count', 'topolgy', 'seed', 'exchange'])
    expect(error.problems.filter((line: string) => line.startsWith(`experiment: ${path}`))).toHaveLength(1)
})

test('an abort rejects with its reason, which has what was measured', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const ended = run(
    { ...small, rounds: { count: 200, evaluateEvery: 1 } },
    {
      signal: controller.signal,
      onEvent: (event) => void (event.type === 'evaluated' && event.round === 2 && controller.abort(reason)),
    },
  )
  await expect(ended).rejects.toBe(reason)
  expect((reason as Error & { summary?: { curves: { rounds: number[] } } }).summary?.curves.rounds).toContain(0)
})

test('an abort before the start rejects with its reason and no summary', async () => {
  const reason = new Error('never')
  await expect(run(small, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  expect(reason).toHaveProperty('summary', undefined)
})

test.each([
  ['an unknown preset', 'quickstartt', /quickstartt: there is no such file or preset; .*did you mean quickstart\?/],
  ['a sweep', 'lie-table-1', /is a sweep; run it with sweep\(\)/],
  [
    'a function that is no rule',
    { ...small, aggregation: (() => 0) as never },
    /experiment: aggregation: a function is not allowed/,
  ],
])('%s is one line', async (_, experiment, message) => {
  await expect(run(experiment)).rejects.toThrow(message)
})
