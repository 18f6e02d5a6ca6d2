import { WebSocket } from 'ws'

/**
 * Adds `Promise.withResolvers` and a global `WebSocket`, which libp2p 3 needs and Node 20 lacks. Entry points import
 * this file first.
 */
interface Resolvers {
  withResolvers?: unknown
}

if ((Promise as Resolvers).withResolvers === undefined) {
  Object.defineProperty(Promise, 'withResolvers', {
    configurable: true,
    writable: true,
    value<T>() {
      let resolve!: (value: T | PromiseLike<T>) => void
      let reject!: (reason?: unknown) => void
      const promise = new Promise<T>((onResolve, onReject) => {
        resolve = onResolve
        reject = onReject
      })
      return { promise, resolve, reject }
    },
  })
}

if (!('WebSocket' in globalThis)) {
  Object.defineProperty(globalThis, 'WebSocket', { configurable: true, writable: true, value: WebSocket })
}
