#!/usr/bin/env node
import { stripVTControlCharacters } from 'node:util'
import { InputError } from '#protocol/loading/input-error.ts'
import { nearest } from '#protocol/loading/nearest.ts'
import { main, subCommands } from './commands/registry.ts'
import { packageVersion } from './config/built.ts'
import { readCatalogue } from './config/catalogue.ts'
import { endWhenInterrupted } from './run/interruption.ts'
import { NotStartedError } from './run/not-started.ts'
import { colours } from './terminal/colours.ts'

/** Commands that start peers or servers. The others only compute: Ctrl-C ends them at once. */
const launching = ['run', 'sweep', 'host', 'join', 'relay', 'replay', 'reproduce']

process.exitCode = await start(process.argv.slice(2))
// Sockets and workers of libraries would keep the process alive. All of Hearsay's own are closed by now.
process.stdout.write('', () => process.exit())

/** Results go to stdout, messages to stderr. The exit code is the verdict, or 2 for bad input. */
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

function explain(error: unknown): number {
  if (error instanceof InputError) {
    for (const line of error.lines) process.stderr.write(`hearsay: ${line}\n`)
    return 2
  }
  if (error instanceof NotStartedError) {
    process.stderr.write(`hearsay: ${error.message}\n`)
    return error.exitCode
  }
  if (error instanceof Error && error.name === 'CLIError') {
    process.stderr.write(
      `hearsay: ${stripVTControlCharacters(error.message).replace(/\.$/, '')}; see: hearsay ${process.argv[2] ?? ''} --help\n`,
    )
    return 2
  }
  process.stderr.write(`hearsay: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return 3
}
