import { createReadStream, existsSync, statSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize, sep } from 'node:path'
import { type DatasetDeclaration, datasets } from '#learning/datasets/registry.ts'
import { datasetPaths } from '#node/data.ts'
import { builtPath } from './built.ts'
import { InputError } from './experiment/input-error.ts'

export interface PageServer {
  /** Origin of the page, without a slash at the end. */
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

export interface PageServerOptions {
  /** 0 takes any free one. */
  readonly port: number
  readonly host: string
  readonly scheme?: 'http' | 'https'
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

/** No code but the page's own; connections to relay and coordinator wherever they are; isolated from other origins. */
const headers = {
  'Content-Security-Policy':
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ws: wss:; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
}

/**
 * Serves the built page, and under `/data/NAME/` the four files of a data set. Reads only; every path stays inside
 * dist/browser or names a known data set. Throws InputError where the port is taken.
 */
export async function servePage(server: Server, options: PageServerOptions): Promise<PageServer> {
  const folder = join(builtPath('browser/index.html'), '..')
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const file = fileFor(folder, request.url ?? '/')
    if (file === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404, headers).end()
      return
    }
    const type = types[extname(file)] ?? 'application/octet-stream'
    response.writeHead(200, { ...headers, 'Content-Type': type, 'Content-Length': statSync(file).size })
    if (request.method === 'HEAD') response.end()
    else createReadStream(file).on('error', () => response.destroy()).pipe(response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE' || error.code === 'EACCES' || error.code === 'EADDRNOTAVAIL'
      reject(taken ? new InputError(`port ${options.port} of ${options.host} cannot be used (${error.code}); choose another with --port`) : error)
    })
    server.listen(options.port, options.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `${options.scheme ?? 'http'}://${options.host}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function fileFor(folder: string, url: string): string | undefined {
  let path: string
  try {
    path = decodeURIComponent(new URL(url, 'http://page').pathname)
  } catch {
    return undefined
  }
  const data = /^\/data\/([a-z0-9-]+)\/([A-Za-z]+)$/.exec(path)
  if (data) {
    const declaration: DatasetDeclaration | undefined = datasets.find(({ name }) => name === data[1])
    const key = data[2] as keyof DatasetDeclaration['files']
    if (!declaration || !(key in declaration.files)) return undefined
    const file = datasetPaths(declaration)[key]
    return existsSync(file) ? file : undefined
  }
  const file = normalize(join(folder, path === '/' ? 'index.html' : path))
  return file.startsWith(folder + sep) && existsSync(file) && statSync(file).isFile() ? file : undefined
}
