import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { changeExperiment, loadExperiment } from '#harness/config/load.ts'
import { launchSimulation } from '#harness/launch/simulation.ts'
import { checkpointIn, openCheckpoints } from '#harness/store/checkpoints.ts'
import { loadDataset } from '#node/data/load.ts'
import { experimentId } from '#protocol/loading/identity.ts'
import type { LoggedEvent } from '#protocol/record/events.ts'

const experiment = changeExperiment(
  loadExperiment('little-in-40-rounds'),
  {
    'learning.dataset': 'digits',
    'rounds.count': 6,
    'rounds.evaluateEvery': 2,
    runtime: { name: 'simulation', workers: 1 },
    twins: [],
  },
  'checkpoints',
)
const id = experimentId(experiment)
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearsay-checkpoints-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Runs the experiment with checkpoints in the folder; stopped after its n-th checkpoint. */
async function attempt({ resume, stopAfter = Infinity }: { resume: boolean; stopAfter?: number }) {
  const dataset = await loadDataset(experiment.learning.dataset)
  const checkpoints = openCheckpoints(folder, id, { everyMs: 0, resume })
  const stop = new AbortController()
  const log: LoggedEvent[] = []
  let saved = 0
  const outcome = await launchSimulation(experiment, dataset, (event) => log.push(event), stop.signal, {
    checkpoints: {
      ...checkpoints,
      save(checkpoint) {
        checkpoints.save(checkpoint)
        writeFileSync(join(folder, 'events.ndjson'), log.map((event) => `${JSON.stringify(event)}\n`).join(''))
        saved += 1
        if (saved === stopAfter) stop.abort()
      },
    },
  })
  return { outcome, log, saved, from: checkpoints.earlier?.simulation.round }
}

const measured = (log: readonly LoggedEvent[]) => log.filter(({ type }) => type !== 'roster')

test('a resumed run has the events, figures and transcript of an uninterrupted one', async () => {
  const whole = await attempt({ resume: false })
  expect(whole).toMatchObject({ saved: 2, outcome: { outcome: 'finished' } })
  const first = await attempt({ resume: false, stopAfter: 1 })
  expect(first.outcome.outcome).toBe('interrupted')
  expect(checkpointIn(folder)).toBe(id)
  const second = await attempt({ resume: true })
  expect(second).toMatchObject({ from: 1, saved: 1, outcome: { outcome: 'finished' } })
  expect(second.outcome.transcriptHash).toBe(whole.outcome.transcriptHash)
  expect(second.outcome.neighbourhoods).toEqual(whole.outcome.neighbourhoods)
  expect(second.outcome.consensus).toEqual(whole.outcome.consensus)
  expect(measured(second.log)).toEqual(measured(whole.log))
})

test('a truncated file, one of another experiment or one without its events counts as missing', async () => {
  await attempt({ resume: false, stopAfter: 1 })
  const path = join(folder, 'checkpoint.bin')
  const whole = readFileSync(path)
  const roundOf = (experimentIdentity: string) =>
    openCheckpoints(folder, experimentIdentity, { everyMs: 0, resume: true }).earlier?.simulation.round
  expect(roundOf(id)).toBe(1)
  expect(roundOf('another')).toBeUndefined()
  expect(existsSync(path)).toBe(false)
  writeFileSync(path, whole)
  truncateSync(path, whole.length >> 1)
  expect(roundOf(id)).toBeUndefined()
  writeFileSync(path, whole)
  truncateSync(join(folder, 'events.ndjson'), 1000)
  expect(roundOf(id)).toBeUndefined()
})

test('without resume an old file is removed', async () => {
  await attempt({ resume: false, stopAfter: 1 })
  expect(openCheckpoints(folder, id, { everyMs: 0, resume: false }).earlier).toBeUndefined()
  expect(checkpointIn(folder)).toBeUndefined()
})

test('a checkpoint that is damaged, or whose log is, is not used, and the reason is given', async () => {
  await attempt({ resume: false, stopAfter: 1 })
  const [path, logPath] = [join(folder, 'checkpoint.bin'), join(folder, 'events.ndjson')]
  const [whole, log] = [readFileSync(path), readFileSync(logPath, 'utf8')]
  const opened = () => openCheckpoints(folder, id, { everyMs: 0, resume: true })
  expect(opened().unusable).toBeUndefined()
  const changed = Buffer.from(whole)
  changed[whole.length >> 1] = (changed[whole.length >> 1] as number) ^ 1
  writeFileSync(path, changed)
  expect(opened()).toMatchObject({ unusable: 'its checkpoint.bin is damaged, or of another version' })
  writeFileSync(path, whole)
  const lines = log.split('\n')
  writeFileSync(logPath, lines.with(5, lines[5]!.slice(0, 30)).join('\n'))
  expect(opened()).toMatchObject({ unusable: 'its events.ndjson is damaged' })
  expect(opened().earlier).toBeUndefined()
})

test('a log whose lines are not those of the checkpoint is not used', async () => {
  await attempt({ resume: false, stopAfter: 1 })
  const log = readFileSync(join(folder, 'events.ndjson'), 'utf8')
  const { earlier, save } = openCheckpoints(folder, id, { everyMs: 0, resume: true })
  if (!earlier) throw new Error('there is a checkpoint')
  const lines = log.split('\n', earlier.events)
  save(
    earlier,
    createHash('sha256')
      .update(`${lines.join('\n')}\n`)
      .digest('hex'),
  )
  expect(openCheckpoints(folder, id, { everyMs: 0, resume: true }).earlier?.simulation.round).toBe(1)
  writeFileSync(join(folder, 'events.ndjson'), log.replace('"accuracy":0.', '"accuracy":1.'))
  expect(openCheckpoints(folder, id, { everyMs: 0, resume: true })).toMatchObject({
    unusable: 'its events.ndjson was changed',
  })
})
