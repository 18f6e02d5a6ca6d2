import type { ByteStream } from '#protocol/network/byte-stream.ts'
import type { HeaderTopic, OverlayConnection, OverlayNode, Signer } from '#protocol/network/overlay-node.ts'
import type { Clock } from '#protocol/peer/ports.ts'
import type { Digest } from '#protocol/record/vector-digest.ts'

type MessageListener = (event: { readonly data: Uint8Array }) => void

/** One end of a pair of streams in memory. The other end receives the bytes in a later turn, in pieces. */
export class MemoryStream implements ByteStream {
  peer!: MemoryStream
  /** Bytes are delivered in pieces of at most this size. */
  pieceBytes = Number.POSITIVE_INFINITY
  /** While true, this end receives nothing. */
  stalled = false
  sentBytes = 0
  over = false
  private readonly queue: Uint8Array[] = []
  private readonly onMessage: MessageListener[] = []
  private readonly onEnd: (() => void)[] = []

  send(bytes: Uint8Array): boolean {
    if (this.over) throw new Error('the stream is closed')
    this.sentBytes += bytes.byteLength
    const copy = bytes.slice()
    for (let at = 0; at < copy.byteLength; at += this.pieceBytes)
      this.peer.queue.push(copy.subarray(at, Math.min(copy.byteLength, at + this.pieceBytes)))
    queueMicrotask(() => this.peer.deliver())
    return true
  }
  onDrain(): Promise<void> {
    return Promise.resolve()
  }
  close(): Promise<void> {
    queueMicrotask(() => this.peer.end())
    return Promise.resolve()
  }
  abort(): void {
    this.end()
    queueMicrotask(() => this.peer.end())
  }
  addEventListener(type: string, listener: MessageListener | (() => void)): void {
    if (type === 'message') this.onMessage.push(listener as MessageListener)
    else this.onEnd.push(listener as () => void)
    queueMicrotask(() => this.deliver())
  }
  resume(): void {
    this.stalled = false
    this.deliver()
  }
  private deliver(): void {
    if (this.stalled || this.over || this.onMessage.length === 0) return
    for (const data of this.queue.splice(0)) for (const listener of this.onMessage) listener({ data })
  }
  private end(): void {
    if (this.over) return
    this.over = true
    for (const listener of this.onEnd) listener()
  }
}

export function streamPair(): readonly [MemoryStream, MemoryStream] {
  const a = new MemoryStream()
  const b = new MemoryStream()
  a.peer = b
  b.peer = a
  return [a, b]
}

type Handler = (stream: ByteStream, connection: OverlayConnection) => void

export interface MemoryNode extends OverlayNode {
  /** All streams that were opened from here, newest last. */
  readonly opened: MemoryStream[]
  /** Received messages of the header topic. */
  readonly topicMessages: Uint8Array[]
}

export const nameOf = (index: number): string => `test-peer-${index}`

/** Nodes in one process, every two of them connected; header topics flood to all. */
export function memoryNodes(count: number): MemoryNode[] {
  const handlers = Array.from({ length: count }, () => new Map<string, Handler>())
  const topics = Array.from({ length: count }, () => new Map<string, Parameters<HeaderTopic['listen']>[0]>())
  const nodes: MemoryNode[] = []
  for (let self = 0; self < count; self++) {
    const opened: MemoryStream[] = []
    const topicMessages: Uint8Array[] = []
    const connectionTo = (other: number): OverlayConnection => ({
      remotePeer: nameOf(other),
      status: 'open',
      async newStream(protocol) {
        const handler = handlers[other]?.get(protocol)
        if (!handler) throw new Error(`${nameOf(other)} does not handle ${protocol}`)
        const [here, there] = streamPair()
        opened.push(here)
        handler(there, connectionsOf(other)[self] as OverlayConnection)
        return here
      },
      close: () => Promise.resolve(),
    })
    nodes.push({
      peerId: nameOf(self),
      opened,
      topicMessages,
      async handle(protocol, handler) {
        handlers[self]?.set(protocol, handler)
      },
      async unhandle(protocol) {
        handlers[self]?.delete(protocol)
      },
      connections: () => connectionsOf(self),
      dial: () => Promise.reject(new Error('all are connected')),
      headers: {
        listen(take) {
          topics[self]?.set('headers', take)
        },
        publish(bytes) {
          for (const [other, topic] of topics.entries()) {
            const take = topic.get('headers')
            if (other === self || !take) continue
            nodes[other]?.topicMessages.push(bytes)
            take(bytes.slice(), nameOf(self)).catch(() => {})
          }
        },
        listeners: () =>
          topics.flatMap((topic, other) => (other !== self && topic.has('headers') ? [nameOf(other)] : [])),
        close() {
          topics[self]?.delete('headers')
        },
      },
    })
    function connectionsOf(from: number): OverlayConnection[] {
      return from === self
        ? Array.from({ length: count }, (_, other) => connectionTo(other))
        : [...(nodes[from]?.connections() ?? [])]
    }
  }
  return nodes
}

/** A clock that advances only on request. */
export function manualClock(): Clock & { advance(byMs: number): void } {
  let now = 0
  let sequence = 0
  const pending = new Map<number, { readonly at: number; readonly action: () => void }>()
  return {
    now: () => now,
    schedule(afterMs, action) {
      const id = sequence++
      pending.set(id, { at: now + afterMs, action })
      return () => pending.delete(id)
    },
    settle(work, _durationMs, then) {
      work.then(then, () => {})
    },
    advance(byMs) {
      const until = now + byMs
      for (;;) {
        const due = [...pending].filter(([, { at }]) => at <= until).sort((a, b) => a[1].at - b[1].at || a[0] - b[0])[0]
        if (!due) break
        pending.delete(due[0])
        now = due[1].at
        due[1].action()
      }
      now = until
    },
  }
}

export const testDigest: Digest = {
  sha256: async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)),
}

/** Signatures that only differ by signer: two keyed hashes. Tests in Node use real signatures. */
export function testSigner(index: number): Signer {
  const mac = async (peerId: string, bytes: Uint8Array): Promise<Uint8Array> => {
    const secret = new TextEncoder().encode(`secret of ${peerId}`)
    const joined = new Uint8Array(secret.byteLength + bytes.byteLength)
    joined.set(secret)
    joined.set(bytes, secret.byteLength)
    const hash = await testDigest.sha256(joined)
    const signature = new Uint8Array(64)
    signature.set(hash)
    signature.set(hash, 32)
    return signature
  }
  return {
    sign: (bytes) => mac(nameOf(index), bytes),
    async verify(peerId, bytes, signature) {
      const expected = await mac(peerId, bytes)
      return expected.every((byte, i) => byte === signature[i])
    },
  }
}

let counter = 0
export function testNonce(): Uint8Array {
  const nonce = new Uint8Array(16)
  new DataView(nonce.buffer).setUint32(0, ++counter)
  return nonce
}
