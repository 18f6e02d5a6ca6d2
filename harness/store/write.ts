import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
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

/**
 * Writes a run folder: `experiment.yaml`, `environment.json`, `events.ndjson`, `summary.json`, `report.html`. Creates
 * the folder if it is missing, and writes each file atomically. `report: false` leaves out the page. Returns the path
 * of the report.
 */
export function writeRunFolder(
  folder: string,
  { experiment, environment, log, summary }: RunFolder,
  options: { readonly report: boolean } = { report: true },
): string {
  mkdirSync(folder, { recursive: true })
  const report = join(folder, 'report.html')
  const heading = experiment.question ? `# ${experiment.question.replaceAll(/\s+/g, ' ')}\n` : ''
  writeWhole(join(folder, 'experiment.yaml'), `${heading}${experimentText(experiment, folder)}`)
  writeWhole(join(folder, 'environment.json'), `${JSON.stringify(environment, null, 2)}\n`)
  writePieces(join(folder, 'events.ndjson'), () => linesOf(log))
  if (options.report) writeWhole(report, renderReport(summary))
  // Last: a folder with a summary is complete.
  writeWhole(join(folder, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`)
  return report
}

/** `events.ndjson` during a run: the operating system has a line when `append` returns. */
export interface EventLog {
  append(event: LoggedEvent): void
  close(): void
}

/** Starts the event log of a run, so that measurements survive Ctrl-C and crashes. */
export function openEventLog(folder: string): EventLog {
  mkdirSync(folder, { recursive: true })
  const writer = createLineWriter()
  let file: number | undefined = openSync(join(folder, 'events.ndjson'), 'w')
  return {
    append(event) {
      if (file !== undefined) writeSync(file, `${writer.next(event)}\n`)
    },
    close() {
      if (file !== undefined) closeSync(file)
      file = undefined
    },
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
