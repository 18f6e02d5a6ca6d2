import { type Bar, MultiBar } from 'cli-progress'
import type { LoggedEvent } from '#protocol/record/events.ts'
import { percent } from '#report/summary/wording.ts'
import { createTally, type Tally } from './tally.ts'

export interface ProgressOptions {
  readonly name: string
  readonly rounds: number
  /** The twins, one bar each. */
  readonly twins: readonly { readonly name: string; readonly label: string; readonly rounds: number }[]
  /** The stream of progress; stderr by default, because stdout is for results. */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean }
  /** A clock in milliseconds, for the pace of plain lines. */
  readonly now?: () => number
}

export interface Progress {
  /** An event of the run itself. */
  record(event: LoggedEvent): void
  /** An event of a twin. */
  recordTwin(name: string, event: LoggedEvent): void
  /** Prints a message without breaking the bars. */
  say(line: string): void
  /** Ends progress; safe to call twice. */
  stop(): void
}

/** Bars of at most 80 columns on a terminal, plain lines in a pipe or a log file. No timer remains after `stop`. */
export function createProgress(options: ProgressOptions): Progress {
  return (options.stream ?? process.stderr).isTTY ? createBars(options) : createLines(options)
}

interface Lane {
  readonly name: string
  readonly label: string
  readonly rounds: number
  readonly tally: Tally
}

function lanesOf({ name, rounds, twins }: ProgressOptions): { own: Lane; twins: ReadonlyMap<string, Lane> } {
  return {
    own: { name, label: name, rounds, tally: createTally() },
    twins: new Map(twins.map((twin) => [twin.name, { ...twin, tally: createTally() }])),
  }
}

function createBars(options: ProgressOptions): Progress {
  const stream = options.stream ?? process.stderr
  const lanes = lanesOf(options)
  const width = Math.max(options.name.length, ...options.twins.map((twin) => twin.label.length), 4)
  const labelWidth = Math.min(width, 30)
  const bars = new MultiBar({
    stream,
    format: '{label} {bar} {value}/{total}  {accuracy}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 14,
    hideCursor: true,
    clearOnComplete: false,
    emptyOnZero: true,
    stopOnComplete: false,
    forceRedraw: false,
    gracefulExit: false,
    linewrap: false,
    fps: 8,
  })
  const add = (lane: Lane): Bar => bars.create(lane.rounds, 0, { label: padded(lane.label, labelWidth), accuracy: '' })
  const ownBar = add(lanes.own)
  const twinBars = new Map([...lanes.twins].map(([name, lane]) => [name, add(lane)]))
  let stopped = false
  const advance = (lane: Lane, bar: Bar | undefined, event: LoggedEvent): void => {
    if (stopped || !lane.tally.record(event)) return
    bar?.update(lane.tally.rounds(), { accuracy: accuracyText(lane.tally) })
  }
  return {
    record: (event) => advance(lanes.own, ownBar, event),
    recordTwin(name, event) {
      const lane = lanes.twins.get(name)
      if (lane) advance(lane, twinBars.get(name), event)
    },
    say(line) {
      if (stopped) stream.write(`${line}\n`)
      else bars.log(`${line}\n`)
    },
    stop() {
      if (stopped) return
      stopped = true
      bars.stop()
    },
  }
}

/** The minimum time between two lines of one run, unless it completes another tenth. */
const paceMs = 5000

function createLines(options: ProgressOptions): Progress {
  const stream = options.stream ?? process.stderr
  const now = options.now ?? Date.now
  const lanes = lanesOf(options)
  const shown = new Map<Lane, { tenth: number; rounds: number; atMs: number }>()
  let stopped = false
  const advance = (lane: Lane, event: LoggedEvent): void => {
    if (stopped || !lane.tally.record(event)) return
    const rounds = lane.tally.rounds()
    const tenth = Math.floor((rounds * 10) / lane.rounds)
    const last = shown.get(lane) ?? { tenth: 0, rounds: 0, atMs: now() }
    shown.set(lane, last)
    if (rounds === last.rounds || (tenth === last.tenth && now() - last.atMs < paceMs)) return
    shown.set(lane, { tenth, rounds, atMs: now() })
    stream.write(`${lane.label}: ${rounds} of ${lane.rounds} rounds  ${accuracyText(lane.tally)}`.trimEnd())
    stream.write('\n')
  }
  return {
    record: (event) => advance(lanes.own, event),
    recordTwin(name, event) {
      const lane = lanes.twins.get(name)
      if (lane) advance(lane, event)
    },
    say: (line) => void stream.write(`${line}\n`),
    stop() {
      stopped = true
    },
  }
}

function accuracyText(tally: Tally): string {
  const accuracy = tally.accuracy()
  return accuracy ? `${percent(accuracy.mean)}, worst ${percent(accuracy.worst)}` : ''
}

function padded(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width)
}
