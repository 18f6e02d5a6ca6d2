import { createHash } from 'node:crypto'
import { closeSync, existsSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '#node/data/make-folder.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { createLineWriter } from '#protocol/record/event-lines.ts'
import type { LoggedEvent } from '#protocol/record/events.ts'
import { renderReport } from '#report/page/html.ts'
import type { Environment, Summary } from '#report/summary/summary.ts'
import { experimentText } from './text.ts'
import { writePieces, writeWhole } from './write-whole.ts'

export interface RunFolder {
  /** The resolved experiment: every option with its value. */
  readonly experiment: Experiment
  readonly environment: Environment
  readonly log: readonly LoggedEvent[]
  readonly summary: Summary
}

export interface WriteOptions {
  /** False leaves out the page. */
  readonly report: boolean
  /** Writes one file by `work`; by default an error ends the writing. */
  readonly attempt?: (path: string, work: () => void) => void
}

/**
 * Writes a run folder: `experiment.yaml`, `environment.json`, `events.ndjson`, `summary.json`, `report.html`. Creates
 * the folder if it is missing, and writes each file atomically. Returns the path of the report.
 */
export function writeRunFolder(
  folder: string,
  { experiment, environment, log, summary }: RunFolder,
  { report, attempt = (_, work) => work() }: WriteOptions = { report: true },
): string {
  const file = (name: string, work: (path: string) => void): void => {
    const path = join(folder, name)
    attempt(path, () => {
      makeFolder(folder)
      work(path)
    })
  }
  const heading = experiment.question ? `# ${experiment.question.replaceAll(/\s+/g, ' ')}\n` : ''
  file('experiment.yaml', (path) => writeWhole(path, `${heading}${experimentText(experiment, folder)}`))
  file('environment.json', (path) => writeWhole(path, `${JSON.stringify(environment, null, 2)}\n`))
  file('events.ndjson', (path) => writePieces(path, () => linesOf(log)))
  if (report) file('report.html', (path) => writeWhole(path, renderReport(summary)))
  // Last: a folder with a summary is complete.
  file('summary.json', (path) => writeWhole(path, `${JSON.stringify(summary, null, 2)}\n`))
  return join(folder, 'report.html')
}

/** `events.ndjson` during a run: the operating system has a line when `append` returns. */
export interface EventLog {
  /** Throws a system error once, if the line cannot be written; the log then ends after its last whole line. */
  append(event: LoggedEvent): void
  /** SHA-256 (hex) of the lines so far. */
  digest(): string
  /** Whether the file holds this many lines, and was never cut. */
  holds(lines: number): boolean
  close(): void
}

/** Starts the event log of a run, so that measurements survive Ctrl-C and crashes. */
export function openEventLog(folder: string): EventLog {
  makeFolder(folder)
  const writer = createLineWriter()
  let file: number | undefined = openSync(join(folder, 'events.ndjson'), 'w')
  let whole = 0
  let written = 0
  const hash = createHash('sha256')
  const close = (): void => {
    if (file !== undefined) closeSync(file)
    file = undefined
  }
  return {
    append(event) {
      if (file === undefined) return
      const line = Buffer.from(`${writer.next(event)}\n`)
      try {
        // A disk that is nearly full takes a part of a line.
        for (let at = 0; at < line.length; ) at += writeSync(file, line, at)
        whole += line.length
        written += 1
        hash.update(line)
      } catch (error) {
        cut(file, whole)
        close()
        throw error
      }
    },
    digest: () => hash.copy().digest('hex'),
    holds: (lines) => written === lines && existsSync(join(folder, 'events.ndjson')),
    close,
  }
}

/** Removes the end of a file, if it can be cut: a device cannot. */
function cut(file: number, length: number): void {
  try {
    ftruncateSync(file, length)
  } catch {
    // The last line stays cut, and the reader of the log reports it.
  }
}

/** Lines in one piece: all lines together may exceed the maximum length of a string. */
const linesTogether = 1000

function* linesOf(log: readonly LoggedEvent[]): Generator<string> {
  const writer = createLineWriter()
  for (let from = 0; from < log.length; from += linesTogether) {
    yield log
      .slice(from, from + linesTogether)
      .map((event) => `${writer.next(event)}\n`)
      .join('')
  }
}
