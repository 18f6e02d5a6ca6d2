import { SingleBar } from 'cli-progress'
import { count, roughly } from '#report/summary/wording.ts'

/** The progress of a sweep. */
export interface SweepStanding {
  readonly done: number
  readonly total: number
  readonly running: number
  /** Number of finished runs, plus the shares of the unfinished ones. */
  readonly shares: number
  /** Estimated remaining time; null while unknown. */
  readonly leftMs: number | null
}

export interface SweepProgress {
  update(standing: SweepStanding): void
  /** A line for a run that ended. */
  ended(line: string, standing: SweepStanding): void
  say(line: string): void
  stop(): void
}

export type ProgressStream = NodeJS.WritableStream & { readonly isTTY?: boolean }

/** Shows one bar for the whole sweep on a terminal; otherwise writes a line for every run that ends. */
export function createSweepProgress(stream: ProgressStream = process.stderr): SweepProgress {
  return stream.isTTY ? createBar(stream) : createLines(stream)
}

function createBar(stream: ProgressStream): SweepProgress {
  const bar = new SingleBar({
    stream,
    format: '{bar} {text}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 20,
    hideCursor: true,
    clearOnComplete: false,
    stopOnComplete: false,
    gracefulExit: false,
    linewrap: false,
    fps: 4,
  })
  let started = false
  let stopped = false
  const update = (standing: SweepStanding): void => {
    if (stopped) return
    if (!started) bar.start(standing.total, standing.shares, { text: wording(standing) })
    else bar.update(standing.shares, { text: wording(standing) })
    started = true
  }
  const say = (line: string): void => {
    // The bar redraws itself below the line.
    stream.write(`${started && !stopped ? '\r\u001b[K' : ''}${line}\n`)
  }
  return {
    update,
    ended: (_, standing) => update(standing),
    say,
    stop() {
      if (stopped) return
      stopped = true
      if (started) bar.stop()
    },
  }
}

function createLines(stream: ProgressStream): SweepProgress {
  return {
    update: () => {},
    ended: (line, standing) => void stream.write(`${wording(standing)}  ${line}\n`),
    say: (line) => void stream.write(`${line}\n`),
    stop: () => {},
  }
}

function wording({ done, total, running, leftMs }: SweepStanding): string {
  const left = leftMs === null || done === total ? '' : `, about ${roughly(leftMs)} left`
  return `${done} of ${count(total, 'run')}${running > 0 ? `, ${running} running` : ''}${left}`
}
