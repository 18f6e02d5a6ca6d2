import type { ArgsDef } from 'citty'
import { InputError } from '../experiment/input-error.ts'
import { nearest } from '../experiment/schema-guide.ts'

/**
 * Every value of an option that may be given more than once (`--set a=1 --set b=2`, `--set=a=1`), in their order;
 * citty itself keeps the last one.
 */
export function repeated(rawArgs: readonly string[], option: string): string[] {
  const values: string[] = []
  rawArgs.forEach((argument, i) => {
    if (argument.startsWith(`--${option}=`)) values.push(argument.slice(option.length + 3))
    const next = rawArgs[i + 1]
    if (argument !== `--${option}`) return
    if (next === undefined || next.startsWith('--')) throw new InputError(`--${option} needs a value`)
    values.push(next)
  })
  return values
}

/** Refuses options that a command does not have, which citty would pass over in silence. */
export function refuseUnknown(rawArgs: readonly string[], known: ArgsDef): void {
  const names = Object.entries(known)
    .filter(([, definition]) => definition.type !== 'positional')
    .map(([name]) => name)
  for (const argument of rawArgs) {
    if (argument === '--') return
    const name = /^--([^=]+)/.exec(argument)?.[1]
    if (name === undefined || name === 'help' || names.includes(name) || names.includes(name.replace(/^no-/, '')))
      continue
    const like = nearest(name, names)
    throw new InputError(
      `--${name}: there is no such option; ${like ? `did you mean --${like}?` : `known: ${names.map((known) => `--${known}`).join(', ')}`}`,
    )
  }
}

/** A whole number of an option, within bounds. */
export function wholeNumber(
  value: string | undefined,
  option: string,
  least: number,
  most: number,
): number | undefined {
  if (value === undefined) return undefined
  const number = Number(value)
  if (!Number.isInteger(number) || number < least || number > most) {
    throw new InputError(`--${option} ${value}: a whole number from ${least} to ${most} is needed`)
  }
  return number
}

/** Aborts on the first Ctrl-C or SIGTERM; the second ends the process at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController()
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130)
    process.stderr.write('\nstopping: what was measured is kept (once more ends at once)\n')
    controller.abort()
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  return controller.signal
}
