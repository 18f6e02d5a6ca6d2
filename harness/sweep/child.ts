import type { Dataset } from '#learning/datasets/dataset.ts'
import { loadOwnAttack } from '#node/compute/own-attack.ts'
import { isSystemError, lineOf } from '#node/system-error.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { dataOf } from '../config/data.ts'
import { launcherOf } from '../run/launcher.ts'
import { performRun } from '../run/perform.ts'
import { createLosses } from '../store/losses.ts'
import type { Progress } from '../terminal/progress.ts'
import { createTally } from '../terminal/tally.ts'
import type { FromChild, ToChild } from './messages.ts'

// Entry of a sweep's child process: runs the experiments that the sweep sends, one after another.

/** Minimum time between two progress messages. */
const paceMs = 200

const interruption = new AbortController()
let loaded: { readonly name: string; readonly dataset: Dataset } | undefined

// Ctrl-C reaches the whole process group. The child ignores it and waits for the sweep's stop message.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('disconnect', () => process.exit(1))
process.on('message', (message: ToChild) => {
  if (message.type === 'stop') interruption.abort()
  else void carryOut(message)
})

async function carryOut({ experiment, folder, ...options }: Extract<ToChild, { type: 'run' }>): Promise<void> {
  try {
    if (experiment.attack.name === 'module') loadOwnAttack(experiment.attack.module)
    const name = JSON.stringify(experiment.learning.dataset)
    if (loaded?.name !== name) loaded = { name, dataset: await dataOf(experiment) }
    const launch = await launcherOf(experiment)
    const progress = progressOf(experiment)
    const { signal } = interruption
    const losses = createLosses(progress.say)
    const work = { ...options, folder, launch, progress, signal, losses }
    const { verdict, wallMs, metrics } = await performRun(experiment, loaded.dataset, work)
    const { mean, worst } = metrics.accuracy
    tell({ type: 'done', verdict, wallMs, accuracy: { mean, worst }, lost: losses.list() })
  } catch (error) {
    const message = isSystemError(error) ? lineOf(error) : error instanceof Error ? error.message : String(error)
    tell({ type: 'failed', message })
  }
}

function tell(message: FromChild): void {
  process.send?.(message)
}

function progressOf({ rounds, twins }: Experiment): Progress {
  const tally = createTally()
  const lanes = twins.length + 1
  let told = 0
  let twin = ''
  let twinsBegun = 0
  return {
    record(event) {
      if (!tally.record(event) || performance.now() - told < paceMs) return
      told = performance.now()
      tell({ type: 'progress', share: tally.rounds() / rounds.count / lanes })
    },
    recordTwin(name) {
      if (name === twin) return
      twin = name
      twinsBegun += 1
      tell({ type: 'progress', share: twinsBegun / lanes })
    },
    say: (line) => tell({ type: 'said', line }),
    stop: () => {},
  }
}
