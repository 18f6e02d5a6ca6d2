import type { ArgsDef } from 'citty'
import { InputError } from '#protocol/loading/input-error.ts'
import { nearest } from '#protocol/loading/nearest.ts'

/**
 * All values of a repeatable option (`--set a=1 --set b=2`, `--set=a=1`), in order. citty keeps only the last one.
 */
export function repeated(rawArgs: readonly string[], option: string): string[] {
  const values: string[] = []
  rawArgs.forEach((argument, i) => {
    if (argument.startsWith(`--${option}=`)) values.push(argument.slice(option.length + 3))
    const next = rawArgs[i + 1]
    if (argument === `--${option}` && next !== undefined) values.push(next)
  })
  return values
}

/**
 * Refuses what citty ignores in silence: unknown options, options without their value, and more than `most` arguments.
 * By default `most` is the number of positional arguments that the command names.
 */
export function checkArguments(
  rawArgs: readonly string[],
  known: ArgsDef,
  most = Object.values(known).filter(({ type }) => type === 'positional').length,
): void {
  const options = Object.entries(known).filter(([, { type }]) => type !== 'positional')
  const names = options.map(([name]) => name)
  let places = most
  for (let k = 0; k < rawArgs.length; k++) {
    const argument = rawArgs[k] as string
    if (!argument.startsWith('-')) {
      places -= 1
      if (places < 0) throw new InputError(`${argument}: one argument too many; see: hearsay ${process.argv[2]} --help`)
      continue
    }
    const [, name, value] = /^--?([^=]+)(=.*)?$/s.exec(argument) ?? []
    const option = options.find(([own]) => argument.startsWith('--') && own === name)
    if (!option) throw new InputError(`${argument.split('=')[0]}: there is no such option; ${hint(name ?? '', names)}`)
    if (option[1].type === 'boolean' || value !== undefined) continue
    const next = rawArgs[k + 1]
    if (next === undefined || next.startsWith('--')) throw new InputError(`--${name} needs a value`)
    k += 1
  }
}

function hint(name: string, names: readonly string[]): string {
  if (names.length === 0) return 'this command has no options'
  const like = nearest(name, names)
  return like ? `did you mean --${like}?` : `known: ${names.map((known) => `--${known}`).join(', ')}`
}

/** The whole number that an option gives, from `least` to `most`. */
export function wholeNumber(
  value: string | undefined,
  option: string,
  least: number,
  most: number,
): number | undefined {
  if (value === undefined) return undefined
  const number = Number(value)
  if (!Number.isInteger(number) || number < least || number > most) {
    throw new InputError(`--${option} ${value}: write a whole number from ${least} to ${most}`)
  }
  return number
}

/** The option `--checkpoint SECONDS` of `run` and `sweep`. */
export const checkpointArgument = {
  type: 'string',
  description: 'Minimum time between two checkpoints of a simulation; it saves them only at evaluations',
  valueHint: 'SECONDS',
  default: '30',
} as const

export function checkpointMs(value: string): number {
  const seconds = Number(value)
  if (value.trim() === '' || !(seconds >= 0)) throw new InputError(`--checkpoint ${value}: write seconds, such as 30`)
  return 1000 * seconds
}
