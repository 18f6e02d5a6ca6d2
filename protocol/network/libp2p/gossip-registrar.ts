import type { ByteStream } from '../byte-stream.ts'
import type { PeerName } from '../overlay-node.ts'

interface Connected {
  readonly remotePeer: PeerName
}
interface Topology {
  onConnect?: ((peer: never, connection: never) => unknown) | undefined
  onDisconnect?: ((peer: never) => unknown) | undefined
}
interface RegistrarLike {
  register(protocol: string, topology: never, options?: never): Promise<string>
  handle(protocol: string, handler: never, options?: never): Promise<void>
}

/**
 * A registrar for gossipsub. Gossipsub learns only of peers that pass `takesPart`; streams of other peers are reset. So
 * links between colluders, and links to a coordinator, stay out of pubsub.
 */
export function confineRegistrar<R extends RegistrarLike>(registrar: R, takesPart: (peerId: string) => boolean): R {
  const confined = {
    register(protocol: string, topology: Topology, options?: unknown) {
      const filtered = {
        ...topology,
        onConnect: (peer: PeerName, connection: unknown) =>
          takesPart(peer.toString()) ? topology.onConnect?.(peer as never, connection as never) : undefined,
      }
      return registrar.register(protocol, filtered as never, options as never)
    },
    handle(protocol: string, handler: (stream: unknown, connection: unknown) => unknown, options?: unknown) {
      const filtered = (stream: ByteStream, connection: Connected): unknown => {
        if (takesPart(connection.remotePeer.toString())) return handler(stream, connection)
        return stream.abort(new Error('takes no part in gossip'))
      }
      return registrar.handle(protocol, filtered as never, options as never)
    },
  }
  return new Proxy(registrar, {
    get(target, property) {
      if (property === 'register') return confined.register
      if (property === 'handle') return confined.handle
      const value: unknown = Reflect.get(target, property, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
