import type { Clock } from '../peer/ports.ts'

/** The lifetime of a transport, and the timers that end with it. */
export interface Lifetime {
  readonly over: boolean
  /** Calls `action` after a delay, unless the lifetime ends before. */
  after(delayMs: number, action: () => void): void
  end(): void
}

export function createLifetime(clock: Clock): Lifetime {
  const cancels = new Set<() => void>()
  let over = false
  return {
    get over() {
      return over
    },
    after(delayMs, action) {
      if (over) return
      const cancel = clock.schedule(delayMs, () => {
        cancels.delete(cancel)
        action()
      })
      cancels.add(cancel)
    },
    end() {
      over = true
      for (const cancel of cancels) cancel()
    },
  }
}
