import { setFlagsFromString } from 'node:v8'
import { isMainThread } from 'node:worker_threads'
import type { KernelPlatform } from '#learning/engines/kernels/tile.ts'

/**
 * The flag of V8 that pairs neighbouring 128-bit operations of WebAssembly to 256 bits; undefined if V8 has none. Each
 * lane still rounds after each operation, so no bit changes. Older versions print an error for an unknown flag.
 */
function flagOf(version = process.versions.v8): string | undefined {
  const major = Number(version.split('.')[0])
  if (major < 12) return undefined
  return major < 15 ? 'experimental-wasm-revectorize' : 'wasm-revectorize'
}

const flag = flagOf()

/**
 * Allows and forbids pairing for all threads of this process. Call `allow` in the main thread before WebAssembly is
 * compiled; threads that start later compile with it too. Without the flag there is no clock, because 4 x 8 is faster.
 */
export const pairing: KernelPlatform = {
  ...(flag ? { now: () => performance.now() } : {}),
  allow(): void {
    if (flag && isMainThread) setFlagsFromString(`--${flag}`)
  },
  forbid(): void {
    if (flag) setFlagsFromString(`--no-${flag}`)
    process.emitWarning('pairing 128-bit operations changed bits on this machine, so it is off')
  },
}
