import type { Problem } from './live-state.ts'

/** What the tab lacks, if anything: the first thing that must be mended. */
export function missingRequirement(scope: typeof globalThis = globalThis): Problem | undefined {
  // Browsers keep crypto.subtle, without which no peer has an identity, from pages that came over plain http.
  if (!scope.isSecureContext || scope.crypto?.subtle === undefined) return 'insecure'
  if (typeof scope.RTCPeerConnection === 'undefined') return 'no-webrtc'
  const needed = [scope.WebAssembly, scope.Worker, scope.DecompressionStream, scope.WebSocket]
  if (needed.some((part) => part === undefined)) return 'old-browser'
  return undefined
}
