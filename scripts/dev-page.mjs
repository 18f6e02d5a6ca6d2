// Serves the volunteer's page with hot reload, playing one peer of a recorded run: `npm run dev:page -- --help`
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createServer } from 'vite'
import { ensureBuilt } from './build.mjs'

const checkout = fileURLToPath(new URL('..', import.meta.url))
const help = `npm run dev:page -- [DIR] [--peer N] [--pace MS] [--port N] [--once] [--root DIR]

Serves the volunteer's page with hot reload. The page plays the recorded events of one peer.

  DIR         run folder with experiment.yaml and events.ndjson (default: test/vectors/swarm)
  --peer N    the peer to play (default: the first honest one)
  --pace MS   milliseconds per round (default: 500)
  --port N    port to serve on (default: 5173); if it is taken, the next free one
  --once      stay at the end of the run; by default the run starts over after 5 s
  --root DIR  take browser/ and the folders that it imports from this copy of the sources

An edit of browser/page.css or below browser/view/ shows at once, and the run continues.
Any other edit reloads the page, and the run starts over. Ctrl-C ends it.
`

class UsageError extends Error {}

function readArguments() {
  let parsed
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        peer: { type: 'string' },
        pace: { type: 'string', default: '500' },
        port: { type: 'string', default: '5173' },
        once: { type: 'boolean', default: false },
        root: { type: 'string', default: checkout },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(error.message.split('\n')[0])
  }
  const { values, positionals } = parsed
  if (values.help) return undefined
  if (positionals.length > 1) throw new UsageError(`give only one run folder, not ${positionals.join(' and ')}`)
  const [folder = join(checkout, 'test', 'vectors', 'swarm')] = positionals
  const sources = resolve(values.root)
  if (!existsSync(join(sources, 'browser', 'dev', 'main.ts')))
    throw new UsageError(`--root ${values.root}: has no browser/dev/main.ts`)
  return {
    folder: resolve(folder),
    sources,
    peer: choosePeer(folder, values.peer),
    paceMs: wholeNumber('pace', values.pace, 1, 3_600_000),
    port: wholeNumber('port', values.port, 1, 65_535),
    once: values.once,
  }
}

function wholeNumber(name, text, min, max) {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= min && value <= max))
    throw new UsageError(`--${name} ${text}: write a whole number from ${min} to ${max}`)
  return value
}

/** The requested peer, or the first honest peer of the log. */
function choosePeer(folder, asked) {
  for (const file of ['experiment.yaml', 'events.ndjson'])
    if (!existsSync(join(folder, file))) throw new UsageError(`${folder}: not a run folder, because it has no ${file}`)
  const peers = rosterOf(join(folder, 'events.ndjson'))
  if (peers.length === 0) throw new UsageError(`${folder}: its events.ndjson names no peers`)
  if (asked === undefined) return (peers.find(({ role }) => role === 'honest') ?? peers[0]).peer
  const peer = wholeNumber('peer', asked, 0, Number.MAX_SAFE_INTEGER)
  if (peers.some((entry) => entry.peer === peer)) return peer
  throw new UsageError(`--peer ${asked}: the run has the peers ${peers.map((entry) => entry.peer).join(', ')}`)
}

function rosterOf(file) {
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (!line.startsWith('{"type":"roster"')) continue
    try {
      return JSON.parse(line).peers
    } catch {
      throw new UsageError(`${file}: its roster is not JSON`)
    }
  }
  return []
}

/** Serves the page with another entry point, and the recorded run below /recorded/. */
function playRecording({ folder, peer, paceMs, once }) {
  return {
    name: 'hearsay-play-recording',
    transformIndexHtml: {
      order: 'pre',
      handler(html) {
        if (!html.includes('"./main.ts"')) throw new Error('browser/index.html does not load ./main.ts')
        return html.replace('"./main.ts"', '"/dev/main.ts"')
      },
    },
    configureServer({ middlewares }) {
      middlewares.use('/recorded/settings.json', (_, response) => {
        response.setHeader('Content-Type', 'application/json')
        response.end(JSON.stringify({ peer, paceMs, once }))
      })
      for (const file of ['experiment.yaml', 'events.ndjson']) {
        middlewares.use(`/recorded/${file}`, (_, response) => {
          response.setHeader('Content-Type', 'text/plain; charset=utf-8')
          createReadStream(join(folder, file))
            .once('error', () => response.writeHead(404).end())
            .pipe(response)
        })
      }
    },
  }
}

async function serve(options) {
  const { sources, folder, peer, port } = options
  await ensureBuilt(['kernels'])
  const server = await createServer({
    configFile: join(checkout, 'vite.config.ts'),
    root: join(sources, 'browser'),
    // For the checkout itself, beside the caches of the tests.
    cacheDir:
      sources === resolve(checkout) ? join(checkout, 'node_modules', '.vite', 'dev-page') : join(sources, '.vite'),
    clearScreen: false,
    logLevel: 'info',
    server: { port, fs: { allow: [checkout, sources] } },
    // Without this list vite discovers them while the page loads, and reloads it.
    optimizeDeps: { include: ['cborg', 'yaml', 'zod'] },
    plugins: [playRecording(options)],
  })
  const end = async () => {
    await server.close()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, end)
  await server.listen()
  const [url] = server.resolvedUrls.local
  process.stdout.write(`${url}\n`)
  process.stderr.write(`dev:page plays peer ${peer} of ${relative('', folder) || folder}; Ctrl-C ends it\n`)
}

try {
  const options = readArguments()
  if (options) await serve(options)
  else process.stdout.write(help)
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`dev:page: ${error.message}\n`)
  process.exitCode = 2
}
