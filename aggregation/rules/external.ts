import * as z from 'zod'
import { defineRule, tolerance } from '../rule.ts'

/** Parameters of every rule outside the registry. */
const common = {
  f: tolerance.default(0),
  parameters: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("The rule's own parameters, passed to it unchanged"),
  timeoutMs: z
    .int()
    .min(1)
    .default(10_000)
    .describe('Maximum time of one aggregation; a rule that takes longer ends the run'),
}

function notHere(): never {
  throw new RangeError('a rule of your own needs a Node process: use runtime simulation or processes')
}

/**
 * A user's own rule: a program that speaks JSON lines, the inverse of `hearsay aggregate`. For each aggregation it
 * reads one line, `{ inputs, own, weights, round, rounds, f, parameters, state? }`. It answers one line, `{ output,
 * influence?, state? }` or `{ error }`. The platform's shell starts the program.
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

/** A user's own rule: a TypeScript or JavaScript file that declares it with `defineRule` and exports it as `rule`. */
export const moduleRule = defineRule({
  name: 'module',
  summary: 'A rule of your own: a TypeScript or JavaScript file that exports `rule`, made by defineRule',
  reference: 'docs/extending.md',
  parameters: { module: z.string().min(1).describe('The file, relative to the working directory'), ...common },
  cost: 'its own',
  requires: 'n > 2f',
  minimum: ({ f }) => 2 * f + 1,
  aggregate: notHere,
})

/** Rules outside the registry; they run in simulations and processes only. */
export const externalRules = [commandRule, moduleRule] as const

export function isExternal(name: string): boolean {
  return externalRules.some((rule) => rule.name === name)
}
