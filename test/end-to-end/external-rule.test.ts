import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadDataset } from '#node/data/load.ts'
import { changeExperiment, loadExperiment } from '../../harness/config/load.ts'
import { launchSimulation } from '../../harness/launch/simulation.ts'
import { launchSwarm } from '../../harness/launch/swarm.ts'
import { replay } from '../../harness/replay/replay.ts'
import { performRun } from '../../harness/run/perform.ts'
import { createProgress } from '../../harness/terminal/progress.ts'

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

test('a program that answers nonsense ends the run, and the failure quotes it', async () => {
  const nonsense = { command: [process.execPath, '-e', 'process.stdin.on("data", () => console.log("hm"))'] }
  await expect(launchSimulation(experimentOf(nonsense), dataset, () => {}, never)).rejects.toThrow(
    'answered a line that is not JSON: hm',
  )
})
