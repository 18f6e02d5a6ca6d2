import { X509Certificate } from 'node:crypto'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { networkInterfaces } from 'node:os'
import { InputError } from '#protocol/loading/input-error.ts'

/** Certificate and key, PEM. */
export interface TlsFiles {
  readonly cert: string | Buffer
  readonly key: string | Buffer
}

/** A server for the page that does not listen yet. Throws InputError where certificate and key are no pair. */
export function createPageHttpServer(tls: TlsFiles | undefined): Server {
  if (!tls) return createHttpServer()
  try {
    return createHttpsServer({ cert: tls.cert, key: tls.key })
  } catch (error) {
    throw new InputError(`--tls-cert and --tls-key: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/**
 * The origin that volunteers open: the public URL where there is one, else scheme, name and port of this machine. The
 * name is that of the certificate, or the address listened on; for a wildcard address the first one that other
 * machines can reach.
 */
export function publicOrigin(own: {
  readonly host: string
  readonly port: number
  readonly tls?: TlsFiles | undefined
  readonly publicUrl?: string | undefined
}): string {
  if (own.publicUrl !== undefined) return parsePublicUrl(own.publicUrl)
  const wildcard = own.host === '0.0.0.0' || own.host === '::'
  const name = (own.tls && certifiedName(own.tls)) ?? (wildcard ? outsideAddress() : own.host)
  const scheme = own.tls ? 'https' : 'http'
  return new URL(`${scheme}://${name.includes(':') ? `[${name}]` : name}:${own.port}`).origin
}

/**
 * What volunteers lack at an origin, and what mends it; empty where the page will work everywhere. Browsers give
 * crypto.subtle and WebGPU to pages of a secure context only: https, or this machine itself. `localLink` is the link
 * that works on this machine, where there is one.
 */
export function insecureNotice(origin: string, localLink: string | undefined): string[] {
  const { protocol, hostname } = new URL(origin)
  const local = hostname === 'localhost' || hostname.startsWith('127.') || hostname === '[::1]'
  if (protocol === 'https:') return []
  if (local) return ['this link works on this machine only; for others: --tls-cert and --tls-key, or --public-url']
  return [
    `${origin} is no secure context: browsers keep crypto.subtle and WebGPU from it, so tabs on other machines cannot join`,
    `mend it with --tls-cert and --tls-key, with --public-url https://... behind a proxy; hearsay join works as it is${localLink ? `, and on this machine ${localLink}` : ''}`,
  ]
}

function parsePublicUrl(text: string): string {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw new InputError(`--public-url ${text}: not a URL; write https://host or https://host:port`)
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new InputError(`--public-url ${text}: not http(s)`)
  if (url.pathname !== '/' || url.search || url.hash) {
    throw new InputError(`--public-url ${text}: the relay is reached at the root of the host, so there can be no path`)
  }
  return url.origin
}

/** The first name of a certificate that is no pattern. */
function certifiedName({ cert }: TlsFiles): string | undefined {
  const names = (new X509Certificate(cert).subjectAltName ?? '').split(', ')
  const plain = names.filter((name) => !name.includes('*'))
  const dns = plain.find((name) => name.startsWith('DNS:'))?.slice('DNS:'.length)
  return dns ?? plain.find((name) => name.startsWith('IP Address:'))?.slice('IP Address:'.length)
}

function outsideAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'
}
