import { readFileSync } from 'node:fs'
import { defineCommand } from 'citty'
import { reading } from '#node/system-error.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { loadSingle } from '../config/load.ts'
import { parseIceServer } from '../host/ice-server.ts'
import { interruption } from '../run/interruption.ts'
import { runExperiment } from '../shell/run.ts'
import { checkArguments, repeated, wholeNumber } from './arguments.ts'

const args = {
  file: { type: 'positional', description: 'A YAML or JSON file, or the name of a preset', required: true },
  set: { type: 'string', description: 'Change one path of the experiment (repeatable)', valueHint: 'path=value' },
  peers: { type: 'string', description: 'Number of volunteers, which are the honest peers', valueHint: 'N' },
  port: { type: 'string', description: 'Port of the page; 0 takes any free port', default: '0' },
  address: { type: 'string', description: 'Address to listen on (default: 127.0.0.1; with TLS all addresses)' },
  'public-url': { type: 'string', description: 'Origin of a proxy in front of this host', valueHint: 'https://…' },
  'tls-cert': { type: 'string', description: 'Certificate chain (PEM), to serve https', valueHint: 'FILE' },
  'tls-key': { type: 'string', description: 'Private key of the certificate (PEM)', valueHint: 'FILE' },
  'ice-server': {
    type: 'string',
    description: 'STUN or TURN server for volunteers behind NAT (repeatable); none by default',
    valueHint: 'stun:host:port',
  },
  out: { type: 'string', description: 'Folder for run folders', default: 'runs' },
} as const

export const host = defineCommand({
  meta: {
    name: 'host',
    description: 'Serve an experiment to volunteers who open a link, and run it when all have joined',
  },
  args,
  async run({ args: values, rawArgs }) {
    checkArguments(rawArgs, args)
    const { hostedExperiment, hostExperiment } = await import('../host/host.ts')
    const peers = wholeNumber(values.peers, 'peers', 1, 10_000)
    const port = wholeNumber(values.port, 'port', 0, 65535) ?? 0
    const cert = pemOf(values['tls-cert'], 'tls-cert')
    const key = pemOf(values['tls-key'], 'tls-key')
    if ((cert === undefined) !== (key === undefined))
      throw new InputError('--tls-cert and --tls-key must be given together')
    const iceServers = repeated(rawArgs, 'ice-server').map(parseIceServer)
    const experiment = hostedExperiment(loadSingle(values.file, repeated(rawArgs, 'set')), peers)
    process.exitCode = await runExperiment(experiment, {
      out: values.out,
      signal: interruption(),
      launch: (hosted, dataset, ports) =>
        hostExperiment({
          experiment: hosted,
          dataset,
          port,
          iceServers,
          ...(values.address === undefined ? {} : { address: values.address }),
          ...(values['public-url'] === undefined ? {} : { publicUrl: values['public-url'] }),
          ...(cert !== undefined && key !== undefined ? { tls: { cert, key } } : {}),
          ...ports,
          opened: (link) => process.stdout.write(`${link}\n`),
        }),
    })
  },
})

/** The content of a file that an option names. Throws InputError if it cannot be read. */
function pemOf(file: string | undefined, option: string): Buffer | undefined {
  return file === undefined ? undefined : reading(`--${option} ${file}`, () => readFileSync(file))
}
