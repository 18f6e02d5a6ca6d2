import type { Problem } from './live-state.ts'

/** The first requirement that the tab does not meet; undefined if it meets all. */
export function missingRequirement(scope: typeof globalThis = globalThis): Problem | undefined {
  // A peer's identity needs crypto.subtle, which browsers do not give to pages served over plain http.
  if (!scope.isSecureContext || scope.crypto?.subtle === undefined) return 'insecure'
  if (typeof scope.RTCPeerConnection === 'undefined') return 'no-webrtc'
  const needed = [scope.WebAssembly, scope.Worker, scope.DecompressionStream, scope.WebSocket]
  if (needed.some((part) => part === undefined)) return 'old-browser'
  return undefined
}
