/** A rate in tokens: at most `burst` at once, `perSecond` in the long run. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

export interface RateLimit {
  /** Whether one more is allowed at `nowMs`. */
  allow(nowMs: number): boolean
  /** Adds one token, up to the burst. A peer that plays a round expects an update of that round. */
  credit(): void
}

/** Token bucket. */
export function createRateLimit({ burst, perSecond }: Rate, startMs: number): RateLimit {
  let tokens = burst
  let last = startMs
  return {
    allow(nowMs) {
      tokens = Math.min(burst, tokens + (Math.max(0, nowMs - last) / 1000) * perSecond)
      last = Math.max(last, nowMs)
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
    credit() {
      tokens = Math.min(burst, tokens + 1)
    },
  }
}
