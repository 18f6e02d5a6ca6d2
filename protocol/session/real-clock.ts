import type { Clock } from '../peer/ports.ts'

/** The timers of a platform. `now` is in milliseconds. */
export interface Timers {
  now(): number
  set(action: () => void, afterMs: number): unknown
  clear(timer: unknown): void
}

export interface RealClock extends Clock {
  /** Sets `now` to 0: the start of round 0. */
  restart(): void
  /** Cancels all scheduled actions. Later calls do nothing. */
  stop(): void
}

/** A clock in wall-clock time. An error in scheduled actions, in work, or in its continuation goes to `failed`. */
export function createRealClock(timers: Timers, failed: (error: unknown) => void): RealClock {
  let startMs = timers.now()
  let stopped = false
  const pending = new Set<unknown>()
  const guarded = (action: () => void): void => {
    try {
      action()
    } catch (error) {
      failed(error)
    }
  }
  return {
    now: () => timers.now() - startMs,
    schedule(afterMs, action) {
      if (stopped) return () => {}
      const timer = timers.set(() => {
        pending.delete(timer)
        guarded(action)
      }, afterMs)
      pending.add(timer)
      return () => {
        pending.delete(timer)
        timers.clear(timer)
      }
    },
    settle(work, _durationMs, then) {
      work.then(
        (result) => {
          if (!stopped) guarded(() => then(result))
        },
        (error) => {
          if (!stopped) failed(error)
        },
      )
    },
    restart() {
      startMs = timers.now()
    },
    stop() {
      stopped = true
      for (const timer of pending) timers.clear(timer)
      pending.clear()
    },
  }
}
