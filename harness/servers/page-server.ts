import { createReadStream, existsSync, statSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { extname, join, normalize, sep } from 'node:path'
import type { Duplex } from 'node:stream'
import { InputError } from '#protocol/loading/input-error.ts'
import { builtPath } from '../config/built.ts'
import type { Served } from './data-server.ts'

export interface PageServer {
  /** Origin of the page, without a slash at the end. */
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** The response of a route. */
export interface JsonAnswer {
  readonly status: number
  readonly body?: unknown
}

export interface PageServerOptions {
  /** 0 takes any free port. */
  readonly port: number
  readonly host: string
  readonly scheme?: 'http' | 'https'
  /** Handlers that respond in JSON, by path. */
  readonly routes?: ReadonlyMap<string, (request: IncomingMessage) => JsonAnswer>
  /** Finds the gzipped bytes at a path below `data/`. */
  readonly data?: (path: string) => Served | undefined
  /** Local port to which WebSockets are forwarded, so that they share the page's origin and TLS. */
  readonly webSocketPort?: number
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

/** Allows no code but the page's own, allows WebSockets to any relay or coordinator, isolates from other origins. */
const headers = {
  'Content-Security-Policy':
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ws: wss:; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
}

/** Maximum number of forwarded WebSockets; a libp2p peer needs one. */
const maxWebSockets = 2048
/** TCP keep-alive: detects a peer that vanished without closing, after this delay and its probes. */
const keepAliveMs = 10_000

/**
 * Serves the built page, and below `/data/` the data that peers train on. It only reads files, all inside dist/browser.
 * Throws InputError if the port cannot be used.
 */
export async function servePage(server: Server, options: PageServerOptions): Promise<PageServer> {
  const folder = join(builtPath('browser/index.html'), '..')
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const path = pathOf(request.url ?? '/')
    const route = path === undefined ? undefined : options.routes?.get(path)
    if (route && request.method === 'GET') {
      const { status, body } = route(request)
      response.writeHead(status, { ...headers, 'Content-Type': 'application/json' }).end(JSON.stringify(body ?? null))
      return
    }
    const data = request.method === 'GET' && path?.startsWith('/data/') && options.data?.(path.slice('/data/'.length))
    if (data) return void sendData(data, response)
    const file = path === undefined ? undefined : fileFor(folder, path)
    if (file === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404, headers).end()
      return
    }
    const type = types[extname(file)] ?? 'application/octet-stream'
    response.writeHead(200, { ...headers, 'Content-Type': type, 'Content-Length': statSync(file).size })
    if (request.method === 'HEAD') response.end()
    else
      createReadStream(file)
        .on('error', () => response.destroy())
        .pipe(response)
  })
  const passed = new Set<Duplex>()
  const { webSocketPort } = options
  if (webSocketPort !== undefined) {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (passed.size >= maxWebSockets) return void socket.destroy()
      passed.add(socket)
      socket.once('close', () => passed.delete(socket))
      request.socket.setKeepAlive(true, keepAliveMs)
      passOn(request, socket, head, webSocketPort)
    })
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const unusable = ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND'].includes(error.code ?? '')
      const choose = error.code === 'EADDRINUSE' ? 'it is taken; choose another with --port' : error.code
      reject(unusable ? new InputError(`port ${options.port} of ${options.host} cannot be used: ${choose}`) : error)
    })
    server.listen(options.port, options.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `${options.scheme ?? 'http'}://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
        for (const socket of passed) socket.destroy()
      }),
  }
}

async function sendData(data: Served, response: ServerResponse): Promise<void> {
  try {
    const bytes = await data.bytes
    const about = {
      'Content-Type': 'application/cbor',
      'Content-Encoding': 'gzip',
      'Content-Length': bytes.length,
      ...(data.lasting ? { 'Cache-Control': 'public, max-age=31536000, immutable' } : {}),
    }
    response.writeHead(200, { ...headers, ...about }).end(bytes)
  } catch {
    response.writeHead(500, headers).end()
  }
}

/** Forwards a WebSocket, with its first request, to a server on this machine. Either end closes both. */
function passOn(request: IncomingMessage, socket: Duplex, head: Buffer, port: number): void {
  const target = connect({ port, host: '127.0.0.1' }, () => {
    const lines = [`${request.method} ${request.url} HTTP/1.1`]
    for (let k = 0; k + 1 < request.rawHeaders.length; k += 2) {
      lines.push(`${request.rawHeaders[k]}: ${request.rawHeaders[k + 1]}`)
    }
    target.write(`${lines.join('\r\n')}\r\n\r\n`)
    target.write(head)
    socket.pipe(target).pipe(socket)
  })
  for (const [from, to] of [
    [socket, target],
    [target, socket],
  ] as const) {
    from.on('error', () => to.destroy())
    from.once('close', () => to.destroy())
  }
}

function pathOf(url: string): string | undefined {
  try {
    return decodeURIComponent(new URL(url, 'http://page').pathname)
  } catch {
    return undefined
  }
}

function fileFor(folder: string, path: string): string | undefined {
  const file = normalize(join(folder, path === '/' ? 'index.html' : path))
  return file.startsWith(folder + sep) && existsSync(file) && statSync(file).isFile() ? file : undefined
}
