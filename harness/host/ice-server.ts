import { InputError } from '#protocol/loading/input-error.ts'
import type { IceServer } from '#protocol/network/libp2p/hearsay-node.ts'

const grammar = /^(?:stuns?|turns?):[A-Za-z0-9.\-[\]:]+(?:\?transport=(?:udp|tcp))?$/

/**
 * Parses an `--ice-server`: `stun:host:port`, or `turn:host:port,user,password`. Throws InputError for anything else.
 */
export function parseIceServer(text: string): IceServer {
  const [urls = '', username, credential, ...rest] = text.split(',')
  const complete = (username === undefined) === (credential === undefined) && rest.length === 0
  if (!grammar.test(urls) || !complete) {
    throw new InputError(`--ice-server ${text}: write stun:host:port, or turn:host:port,user,password`)
  }
  return username === undefined || credential === undefined ? { urls } : { urls, username, credential }
}
