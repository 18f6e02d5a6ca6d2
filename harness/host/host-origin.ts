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

/**
 * An HTTP or HTTPS server for the page; it does not listen yet. Throws InputError if certificate and key do not match.
 */
export function createPageHttpServer(tls: TlsFiles | undefined): Server {
  if (!tls) return createHttpServer()
  try {
    return createHttpsServer({ cert: tls.cert, key: tls.key })
  } catch (error) {
    throw new InputError(`--tls-cert and --tls-key: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/**
 * The origin that volunteers open: the public URL if given, or else scheme, name and port of this machine. The name
 * comes from the certificate, or is the listening address. For a wildcard address it is the first external IPv4
 * address.
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
 * Warnings about an insecure origin, and the remedy; empty if the page works everywhere. Browsers offer crypto.subtle
 * and WebGPU only in a secure context: https, or this machine itself. `localLink` is a link that works on this machine,
 * if any.
 */
export function insecureNotice(origin: string, localLink: string | undefined): string[] {
  const { protocol, hostname } = new URL(origin)
  const local = hostname === 'localhost' || hostname.startsWith('127.') || hostname === '[::1]'
  if (protocol === 'https:') return []
  if (local) return ['this link works only on this machine; for others use --tls-cert and --tls-key, or --public-url']
  return [
    `${origin} is not a secure context: browsers offer it no crypto.subtle and no WebGPU, so tabs on other machines cannot join`,
    `use --tls-cert and --tls-key, or --public-url https://... behind a proxy; hearsay join works without either${localLink ? `, and so does ${localLink} on this machine` : ''}`,
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
    throw new InputError(`--public-url ${text}: write it without a path, because peers reach the relay at the root`)
  }
  return url.origin
}

/** The first name of a certificate without a wildcard; DNS names before IP addresses. */
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
