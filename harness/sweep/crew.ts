import { type ChildProcess, fork } from 'node:child_process'
import { builtPath } from '../config/built.ts'
import type { CheckpointOptions } from '../store/checkpoints.ts'
import type { FromChild, ToChild } from './messages.ts'
import type { SweepTask } from './plan.ts'

/** How a run ended. */
export type TaskOutcome = Extract<FromChild, { type: 'done' | 'failed' }>

export interface CrewOptions {
  /** Processes at a time. */
  readonly jobs: number
  readonly folderOf: (task: SweepTask) => string
  /** False leaves out report.html of the runs. */
  readonly reports: boolean
  readonly checkpoints: CheckpointOptions
  readonly signal: AbortSignal
  readonly started: (task: SweepTask) => void
  readonly progress: (task: SweepTask, share: number) => void
  readonly said: (task: SweepTask, line: string) => void
  readonly ended: (task: SweepTask, outcome: TaskOutcome) => void
}

const killAfterMs = 10_000

/**
 * Runs tasks in child processes, in order, `jobs` at a time. If a child dies, its run has failed and a new child takes
 * its place. After an abort, running tasks end early, no further ones start, and no process is left.
 */
export async function runTasks(tasks: readonly SweepTask[], options: CrewOptions): Promise<void> {
  const script = builtPath('harness/sweep/child.js')
  const waiting = [...tasks]
  const work = async (): Promise<void> => {
    let child: ChildProcess | undefined
    for (let task = next(); task; task = next()) {
      child ??= fork(script, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] })
      options.started(task)
      const outcome = await runIn(child, task, options)
      if (child.exitCode !== null || child.signalCode !== null || !child.connected) child = undefined
      options.ended(task, outcome)
    }
    if (child) await end(child)
  }
  const next = (): SweepTask | undefined => (options.signal.aborted ? undefined : waiting.shift())
  await Promise.all(Array.from({ length: Math.min(options.jobs, tasks.length) }, work))
}

function runIn(child: ChildProcess, task: SweepTask, options: CrewOptions): Promise<TaskOutcome> {
  return new Promise((resolve) => {
    let lastWords = ''
    let timer: NodeJS.Timeout | undefined
    const hear = (text: Buffer): void => {
      lastWords = (lastWords + text.toString('utf8')).slice(-2000)
    }
    const stop = (): void => {
      tell(child, { type: 'stop' })
      timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
    }
    const settle = (outcome: TaskOutcome): void => {
      clearTimeout(timer)
      options.signal.removeEventListener('abort', stop)
      child.stderr?.off('data', hear)
      child.off('message', listen)
      child.off('exit', died)
      child.off('error', failed)
      resolve(outcome)
    }
    const listen = (message: FromChild): void => {
      if (message.type === 'progress') options.progress(task, message.share)
      else if (message.type === 'said') options.said(task, message.line)
      else settle(message)
    }
    const died = (code: number | null, signal: string | null): void => {
      const last = lastWords.trim().split('\n').at(-1)
      settle({
        type: 'failed',
        message: last || (signal ? `its process was killed by ${signal}` : `exit code ${code}`),
      })
    }
    const failed = (error: Error): void => settle({ type: 'failed', message: error.message })
    child.stderr?.on('data', hear)
    child.on('message', listen)
    child.once('exit', died)
    child.once('error', failed)
    options.signal.addEventListener('abort', stop, { once: true })
    tell(child, {
      type: 'run',
      experiment: task.experiment,
      folder: options.folderOf(task),
      report: options.reports,
      checkpoints: options.checkpoints,
    })
  })
}

function tell(child: ChildProcess, message: ToChild): void {
  // If the child is gone, its exit event reports it.
  child.send(message, () => {})
}

/** Ends an idle child, which exits when the channel closes. */
function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.disconnect()
  })
}
