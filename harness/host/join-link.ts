import { InputError } from '#protocol/loading/input-error.ts'
import type { IceServer } from '#protocol/network/libp2p/hearsay-node.ts'
import { hostMultiaddr, type Notice, noticePath, noticeSchema, type Origin } from '#protocol/wire/notice.ts'

/** The parts of a host's link. */
export interface JoinLink {
  /** Origin of the host's page, without a slash at the end. */
  readonly origin: string
  readonly token: string
}

/** Everything that a peer needs to join a hosted experiment. */
export interface Invitation {
  readonly coordinator: string
  readonly relay: string
  readonly token: string
  readonly iceServers: readonly IceServer[]
  readonly notice: Notice
}

/** Time limit for the host's answer. */
const answerMs = 10_000

const grammar = 'a link of hearsay host looks like https://host:port/#token=...'

/**
 * The link that a host gives to volunteers: the origin of its page, and the token in the fragment, which no server
 * sees.
 */
export function formatJoinLink({ origin, token }: JoinLink): string {
  return `${origin}/#${new URLSearchParams({ token })}`
}

/** Parses a host's link. Throws InputError if it is not one. */
export function parseJoinLink(link: string): JoinLink {
  let url: URL
  try {
    url = new URL(link)
  } catch {
    throw new InputError(`${link}: not a link; ${grammar}`)
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new InputError(`${link}: not http(s); ${grammar}`)
  const token = new URLSearchParams(url.hash.slice(1)).get('token')
  if (!token) throw new InputError(`${link}: the link has no token; ${grammar}`)
  return { origin: url.origin, token }
}

/**
 * Asks the host behind a link for its experiment. Throws InputError if no host answers or the host refuses the link.
 */
export async function readInvitation(link: string, signal: AbortSignal): Promise<Invitation> {
  const { origin, token } = parseJoinLink(link)
  // AbortSignal.timeout and a fetch with a reset connection do not keep the process alive; this timer does.
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(new Error(`no answer within ${answerMs / 1000} s`)), answerMs)
  let response: Response
  let body: unknown
  try {
    response = await fetch(new URL(noticePath, `${origin}/`), {
      headers: { Authorization: `Bearer ${token}` },
      signal: AbortSignal.any([signal, late.signal]),
    })
    body = await response.json().catch(() => undefined)
  } catch (error) {
    if (signal.aborted) throw error
    throw new InputError(`${origin}: no host answers there (${reasonOf(error)})`)
  } finally {
    clearTimeout(timer)
  }
  if (response.status === 403) throw new InputError(`${origin}: the host does not know this link's token`)
  const notice = noticeSchema.safeParse(body)
  if (!notice.success)
    throw new InputError(`${origin}: the server there is not hearsay host (status ${response.status})`)
  const address = hostMultiaddr(originOf(new URL(origin)), notice.data.hostPeerId)
  return { coordinator: address, relay: address, token, iceServers: notice.data.iceServers, notice: notice.data }
}

/** The origin of a URL, with the port that its scheme implies. */
export function originOf({ protocol, hostname, port }: URL): Origin {
  const scheme = protocol === 'https:' ? 'https' : 'http'
  return { scheme, hostname, port: port === '' ? (scheme === 'https' ? 443 : 80) : Number(port) }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(cause instanceof Error)) return String(cause)
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
  // NODE_EXTRA_CA_CERTS makes Node trust a further certificate.
  return /CERT|SIGNATURE|SELF_SIGNED/.test(code)
    ? `${code}; set NODE_EXTRA_CA_CERTS to the certificate file to trust`
    : code
}
