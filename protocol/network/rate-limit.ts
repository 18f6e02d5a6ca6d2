/** Tokens: `burst` at once, `perSecond` in the long run. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** Token bucket; the returned function says whether one more is allowed at `nowMs`. */
export function createRateLimit({ burst, perSecond }: Rate, startMs: number): (nowMs: number) => boolean {
  let tokens = burst
  let last = startMs
  return (nowMs) => {
    tokens = Math.min(burst, tokens + (Math.max(0, nowMs - last) / 1000) * perSecond)
    last = Math.max(last, nowMs)
    if (tokens < 1) return false
    tokens -= 1
    return true
  }
}
