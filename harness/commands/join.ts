import { defineCommand } from 'citty'
import { InputError } from '../experiment/input-error.ts'
import { interruption, refuseUnknown } from './arguments.ts'

const args = {
  link: { type: 'positional', description: 'The link that hearsay host printed', required: true },
} as const

export const join = defineCommand({
  meta: { name: 'join', description: 'Take part in a hosted experiment from this machine, without a browser' },
  args,
  async run({ args: { link }, rawArgs }) {
    refuseUnknown(rawArgs, args)
    const [{ readInvitation }, { runNodeMember }] = await Promise.all([
      import('../join-link.ts'),
      import('#node/member.ts'),
    ])
    const signal = interruption()
    const invitation = await readInvitation(link, signal)
    const say = (line: string): void => void process.stderr.write(`${line}\n`)
    let accuracy = Number.NaN
    try {
      const reason = await runNodeMember({
        ...invitation,
        links: 'webrtc',
        signal,
        progress: {
          assigned: ({ index, n }, { name }) => say(`${name}: seat ${index} of ${n}`),
          computing: ({ engine }) => say(`training with ${engine}`),
          started: () => say('the run has begun'),
          event(event) {
            if (event.type !== 'evaluated') return
            accuracy = event.accuracy
            say(`round ${event.round + 1}: accuracy ${(100 * accuracy).toFixed(1)} %, loss ${event.loss.toFixed(3)}`)
          },
        },
      })
      process.stdout.write(`${JSON.stringify({ stopped: reason, accuracy })}\n`)
      process.exitCode = reason === 'finished' ? 0 : signal.aborted ? 130 : 3
    } catch (error) {
      if (error instanceof Error && error.name === 'JoinError') throw new InputError(error.message)
      throw error
    }
  },
})
