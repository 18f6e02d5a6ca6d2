import { defineCommand } from 'citty'
import { InputError } from '#protocol/loading/input-error.ts'
import { interruption } from '../run/interruption.ts'
import { checkArguments, wholeNumber } from './arguments.ts'

const args = {
  port: { type: 'string', description: 'Port to listen on; 0 takes any free port', default: '0' },
  address: { type: 'string', description: 'Address to listen on', default: '127.0.0.1' },
} as const

export const relay = defineCommand({
  meta: { name: 'relay', description: 'Run a circuit relay that introduces peers to each other' },
  args,
  async run({ args: { port, address }, rawArgs }) {
    checkArguments(rawArgs, args)
    const number = wholeNumber(port, 'port', 0, 65535) ?? 0
    const { startRelay } = await import('#node/network/relay.ts')
    const signal = interruption()
    const running = await startRelay({ port: number, host: address }).catch((error: Error) => {
      const reason = /EADDRINUSE/.test(error.message) ? 'it is taken' : error.message.split(':\n')[0]
      throw new InputError(`port ${port} of ${address} cannot be used: ${reason}; choose another with --port`)
    })
    process.stdout.write(`${running.multiaddrs.join('\n')}\n`)
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    await running.stop()
  },
})
