import { defineCommand } from 'citty'
import { InputError } from '#protocol/loading/input-error.ts'
import { interruption } from '../run/interruption.ts'
import { checkArguments } from './arguments.ts'

const args = {
  link: { type: 'positional', description: 'The link that hearsay host printed', required: true },
} as const

export const join = defineCommand({
  meta: { name: 'join', description: 'Join a hosted experiment as a Node process, without a browser' },
  args,
  async run({ args: { link }, rawArgs }) {
    checkArguments(rawArgs, args)
    const { joinByLink } = await import('../host/join.ts')
    const signal = interruption()
    try {
      const reason = await joinByLink({ link, signal, say: (line) => void process.stderr.write(`${line}\n`) })
      process.stdout.write(`${reason}\n`)
      process.exitCode = reason === 'finished' ? 0 : signal.aborted ? 130 : 3
    } catch (error) {
      if (error instanceof Error && error.name === 'JoinError') throw new InputError(error.message)
      throw error
    }
  },
})
