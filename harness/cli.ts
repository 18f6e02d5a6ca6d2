#!/usr/bin/env node
import { stripVTControlCharacters } from 'node:util'
import { DeviceError, isSystemError, lineOf } from '#node/system-error.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { nearest } from '#protocol/loading/nearest.ts'
import { main, subCommands } from './commands/registry.ts'
import { packageVersion } from './config/built.ts'
import { readCatalogue } from './config/catalogue.ts'
import { endWhenInterrupted } from './run/interruption.ts'
import { NotStartedError } from './run/not-started.ts'
import { printed } from './store/shown.ts'
import { colours } from './terminal/colours.ts'
import { flushStreams, guardStreams, streamFailure } from './terminal/streams.ts'

/** Commands that start peers or servers. The others only compute: Ctrl-C ends them at once. */
const launching = ['run', 'sweep', 'host', 'join', 'relay', 'replay', 'reproduce']

guardStreams()
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => process.exit(explain(error)))
}
process.exitCode = await start(process.argv.slice(2))
await flushStreams()
// Sockets and workers of libraries would keep the process alive. All of Hearsay's own are closed by now.
process.exit(streamFailure() ? 3 : process.exitCode)

/** Results go to stdout, messages to stderr. Resolves to the exit code; docs/command.md has the table. */
async function start(rawArgs: string[]): Promise<number> {
  try {
    const [first] = rawArgs
    if (first === '--version' || first === '-v') {
      process.stdout.write(`${packageVersion()}\n`)
      return 0
    }
    if (first === undefined || first === '--help' || first === '-h') {
      process.stdout.write(plain(helpOf(readCatalogue().help, [])))
      return first === undefined ? 2 : 0
    }
    const names = Object.keys(subCommands)
    if (!names.includes(first)) {
      const like = nearest(first, names)
      throw new InputError(
        `${first}: there is no such command; ${like ? `did you mean ${like}?` : `commands: ${names.join(', ')}`}`,
      )
    }
    if (rawArgs.includes('--help') || rawArgs.includes('-h')) {
      process.stdout.write(plain(helpOf(readCatalogue().help, rawArgs)))
      return 0
    }
    if (launching.includes(first)) endWhenInterrupted()
    const { runCommand } = await import('citty')
    await runCommand(main, { rawArgs })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    return explain(error)
  }
}

/** The help of the command that the arguments name; of its parent, if it has no such inner command. */
function helpOf(help: Readonly<Record<string, string>>, [name = '', inner]: readonly string[]): string {
  return help[`${name} ${inner}`] ?? help[name] ?? ''
}

/** Removes colours unless stdout shows them: the catalogue has colours everywhere. */
function plain(text: string): string {
  return colours.isColorSupported ? text : stripVTControlCharacters(text)
}

/** Writes the lines of an error to stderr, and returns its exit code. Only a fault of Hearsay itself shows a stack. */
function explain(error: unknown): number {
  if (error instanceof InputError) return tell(error.lines, 2)
  if (error instanceof DeviceError) return tell(error.lines, 3)
  if (error instanceof NotStartedError) return tell([error.message], error.exitCode)
  if (error instanceof Error && error.name === 'CLIError') {
    const message = stripVTControlCharacters(error.message).replace(/\.$/, '')
    return tell([`${message}; see: hearsay ${process.argv[2] ?? ''} --help`], 2)
  }
  if (isSystemError(error)) return tell([lineOf(error)], 3)
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  tell(['this is a fault of Hearsay itself; please report it with the command and these lines:'], 3)
  process.stderr.write(`${stack}\n`)
  return 3
}

function tell(lines: readonly string[], exitCode: number): number {
  for (const line of lines) process.stderr.write(`hearsay: ${printed(line)}\n`)
  return exitCode
}
