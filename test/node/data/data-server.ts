import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ServedFile {
  readonly bytes: Uint8Array
  /** Whether the server honours Range. */
  readonly ranges?: boolean
  /** Breaks the connection after this many bytes of a response. */
  readonly breakAfter?: number
  /** Ends the response cleanly after this many bytes, without Content-Length. */
  readonly endAfter?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** A web server on loopback with these files by path; `requests` lists each request's path and Range. */
export async function serve(files: Record<string, ServedFile>) {
  const requests: string[] = []
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? ''
    const { range } = request.headers
    requests.push(range ? `${path} ${range}` : path)
    const file = files[path]
    if (!file) return void response.writeHead(404).end()
    const start = file.ranges && range ? Number(/^bytes=(\d+)-$/.exec(range)?.[1]) : 0
    const whole = file.bytes.length
    if (start >= whole && start > 0) {
      return void response.writeHead(416, { 'content-range': `bytes */${whole}` }).end()
    }
    const rest = file.bytes.subarray(start)
    const headers: Record<string, string> = { ...file.headers }
    if (file.endAfter === undefined) headers['content-length'] = String(rest.length)
    if (start > 0) headers['content-range'] = `bytes ${start}-${whole - 1}/${whole}`
    response.writeHead(start > 0 ? 206 : 200, headers)
    if (file.breakAfter !== undefined && file.breakAfter < rest.length) {
      return void response.write(rest.subarray(0, file.breakAfter), () => response.destroy())
    }
    response.end(rest.subarray(0, file.endAfter))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
