import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { insecureNotice, publicOrigin } from '#harness/host/host-origin.ts'
import { formatJoinLink, parseJoinLink, readInvitation } from '#harness/host/join-link.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { hostMultiaddr } from '#protocol/wire/notice.ts'

const never = new AbortController().signal

test('a link is parsed as it was formatted', () => {
  const link = { origin: 'https://example.org:8443', token: 'a-b_c' }
  expect(formatJoinLink(link)).toBe('https://example.org:8443/#token=a-b_c')
  expect(parseJoinLink(formatJoinLink(link))).toEqual(link)
})

test.each(['hello', 'ftp://example.org/#token=a', 'https://example.org/', 'https://example.org/#token='])(
  'the bad link %s is refused in one line',
  (link) => {
    expect(() => parseJoinLink(link)).toThrow(InputError)
    expect(() => parseJoinLink(link)).toThrow(
      /^.* a link of hearsay host looks like https:\/\/host:port\/#token=\.\.\.$/,
    )
  },
)

test('a missing host, or another server, is an input error', async () => {
  const server = createServer((_, response) => response.end('<html>'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await expect(readInvitation(`${origin}/#token=a`, never)).rejects.toThrow(`${origin}: the server there is not`)
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  })
  await expect(readInvitation(`${origin}/#token=a`, never)).rejects.toThrow(`${origin}: no host answers there`)
})

test('the multiaddr of a host follows from the origin of its page', () => {
  const at = (scheme: 'http' | 'https', hostname: string, port: number) =>
    hostMultiaddr({ scheme, hostname, port }, 'ID')
  expect(at('http', '127.0.0.1', 8080)).toBe('/ip4/127.0.0.1/tcp/8080/ws/p2p/ID')
  expect(at('https', 'example.org', 443)).toBe('/dns/example.org/tcp/443/tls/ws/p2p/ID')
  expect(at('http', '[fd00::2]', 80)).toBe('/ip6/fd00::2/tcp/80/ws/p2p/ID')
})

test('a public URL is the origin, and cannot have a path', () => {
  expect(publicOrigin({ host: '127.0.0.1', port: 8080, publicUrl: 'https://example.org/' })).toBe('https://example.org')
  for (const publicUrl of ['https://example.org/hearsay', 'example.org', 'ws://example.org']) {
    expect(() => publicOrigin({ host: '127.0.0.1', port: 8080, publicUrl })).toThrow(InputError)
  }
})

test('plain http on another address is reported as no secure context, with the remedy', () => {
  const [problem, remedy] = insecureNotice('http://192.0.2.7:8080', 'http://localhost:8080/#token=a')
  expect(problem).toContain('not a secure context')
  for (const word of ['--tls-cert', '--public-url', 'http://localhost:8080/#token=a']) expect(remedy).toContain(word)
  expect(insecureNotice('https://example.org', undefined)).toEqual([])
  expect(insecureNotice('http://127.0.0.1:8080', undefined)).toHaveLength(1)
})
