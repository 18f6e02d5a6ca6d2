import { z } from 'zod'
import { defineRule, tolerance } from '../rule.ts'

/** Parameters of every rule that is not in the registry. */
const common = {
  f: tolerance.default(0),
  parameters: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("The rule's own parameters, handed to it as they are"),
}

function notHere(): never {
  throw new RangeError('a rule of your own runs where there is a Node process: in runtime simulation or processes')
}

/**
 * A rule of the user's own, a program that speaks JSON lines: the inverse of `hearsay aggregate`. It gets one line for
 * each aggregation, `{ inputs, own, weights, round, rounds, f, parameters, state? }`, and answers one line,
 * `{ output, influence?, state? }` or `{ error }`. Which shell runs it is that shell's matter.
 */
export const commandRule = defineRule({
  name: 'command',
  summary: 'A rule of your own: a program that speaks JSON lines',
  reference: 'docs/extending.md',
  parameters: {
    command: z.array(z.string().min(1)).min(1).describe('The program and its arguments, such as [python3, my_rule.py]'),
    ...common,
  },
  cost: 'its own',
  requires: 'n > 2f',
  minimum: ({ f }) => 2 * f + 1,
  aggregate: notHere,
})

/** A rule of the user's own, declared with `defineRule` in a TypeScript or JavaScript file that exports it as `rule`. */
export const moduleRule = defineRule({
  name: 'module',
  summary: 'A rule of your own: a TypeScript or JavaScript file that exports `rule`, made by defineRule',
  reference: 'docs/extending.md',
  parameters: { module: z.string().min(1).describe('The file, relative to where the command runs'), ...common },
  cost: 'its own',
  requires: 'n > 2f',
  minimum: ({ f }) => 2 * f + 1,
  aggregate: notHere,
})

/** Rules that no registry entry stands behind; they run in simulations and processes only. */
export const externalRules = [commandRule, moduleRule] as const

export function isExternal(name: string): boolean {
  return externalRules.some((rule) => rule.name === name)
}
