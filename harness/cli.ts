#!/usr/bin/env node
import { stripVTControlCharacters } from 'node:util'
import { type ArgsDef, type CommandDef, renderUsage, runCommand } from 'citty'
import { InputError } from '#protocol/loading/input-error.ts'
import { nearest } from '#protocol/loading/nearest.ts'
import { main, subCommands } from './commands/registry.ts'
import { packageVersion } from './config/built.ts'
import { endWhenInterrupted } from './run/interruption.ts'
import { NotStartedError } from './run/not-started.ts'

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
      process.stdout.write(plain(`${await renderUsage(main)}\n`))
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
      process.stdout.write(plain(await help(first, rawArgs.slice(1))))
      return 0
    }
    if (launching.includes(first)) endWhenInterrupted()
    await runCommand(main, { rawArgs })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    return explain(error)
  }
}

async function help(name: string, rest: readonly string[]): Promise<string> {
  let command = (await subCommands[name as keyof typeof subCommands]()) as CommandDef<ArgsDef>
  const inner = (command.subCommands ?? {}) as Record<string, CommandDef<ArgsDef>>
  const [second] = rest
  let parent = main as CommandDef<ArgsDef>
  if (second !== undefined && inner[second]) {
    command = inner[second]
    parent = { meta: { name: `hearsay ${name}`, version: packageVersion() } }
  }
  const usage = await renderUsage(command, parent)
  if (name === 'aggregate' || name === 'craft') {
    const { filterHelp } = await import('./filters/help.ts')
    return `${usage}\n${filterHelp(name)}\n`
  }
  if (name !== 'run' && name !== 'sweep' && name !== 'host') return `${usage}\n`
  const { experimentHelp } = await import('#protocol/loading/help.ts')
  return `${usage}\n${experimentHelp()}\n`
}

/** Removes colours unless stdout is a terminal: citty writes them into pipes and files too. */
function plain(text: string): string {
  return process.stdout.isTTY ? text : stripVTControlCharacters(text)
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
