import { defineCommand } from 'citty'
import { InputError } from '#protocol/loading/input-error.ts'
import { nearest } from '#protocol/loading/nearest.ts'
import { completionScript, shells } from '../completion/script.ts'
import { readCatalogue } from '../config/catalogue.ts'
import { checkArguments } from './arguments.ts'

const args = {
  shell: { type: 'positional', description: shells.join(', '), required: true },
} as const

export const completion = defineCommand({
  meta: { name: 'completion', description: 'Print a script that completes commands, names and paths in a shell' },
  args,
  run({ args: { shell }, rawArgs }) {
    checkArguments(rawArgs, args)
    const known = shells.find((name) => name === shell)
    if (known === undefined) {
      const like = nearest(shell, shells)
      throw new InputError(
        `completion ${shell}: there is no script for this shell; known: ${shells.join(', ')}${like ? `; did you mean ${like}?` : ''}`,
      )
    }
    process.stdout.write(completionScript(known, readCatalogue().completion))
  },
})
