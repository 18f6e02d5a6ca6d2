/** Forecasts the remaining time of a sweep, from estimates made beforehand and from its runs so far. */
export interface Forecast {
  began(folder: string, nowMs: number): void
  /** `share` of the run is done, 0 to 1. */
  progressed(folder: string, share: number): void
  ended(folder: string, nowMs: number): void
  /** Milliseconds to the end; null while nothing is known. */
  leftMs(nowMs: number): number | null
}

export interface ForecastTask {
  readonly folder: string
  /** Runs of one kind are assumed to take equally long. */
  readonly kind: string
  /** The estimate made beforehand, in milliseconds; null without one. */
  readonly estimateMs: number | null
}

/** The pace counts this many runs as if they took exactly their estimates: the first runs to end cannot distort it. */
const trusted = 4
/** An unfinished run counts for the pace once this share of it is done. */
const telling = 0.2

/**
 * Forecasts the remaining time of a sweep that executes `jobs` runs at a time. If runs of the same kind have ended, a
 * run takes their mean duration. Otherwise it takes its estimate times the pace: the duration of the measured runs over
 * their estimates. The pace follows the load of the machine, which may have changed since the estimates.
 */
export function createForecast(tasks: readonly ForecastTask[], jobs: number): Forecast {
  const open = new Map(tasks.map((task) => [task.folder, task]))
  const shares = new Map<string, number>()
  const starts = new Map<string, number>()
  const measured = new Map<string, number[]>()
  const known = tasks.flatMap(({ estimateMs }) => estimateMs ?? [])
  const prior = known.length === 0 ? 0 : (sum(known) / known.length) * trusted
  let tookMs = 0
  let expectedMs = 0

  const pace = (nowMs: number): number => {
    const going = [...shares].flatMap(([folder, share]) => {
      const estimateMs = open.get(folder)?.estimateMs
      const took = nowMs - (starts.get(folder) ?? nowMs)
      return share >= telling && estimateMs != null ? [{ took, expected: estimateMs * share }] : []
    })
    const took = tookMs + sum(going.map((run) => run.took)) + prior
    const expected = expectedMs + sum(going.map((run) => run.expected)) + prior
    return expected > 0 ? took / expected : 1
  }

  return {
    began(folder, nowMs) {
      starts.set(folder, nowMs)
      shares.set(folder, 0)
    },
    progressed: (folder, share) => void shares.set(folder, share),
    ended(folder, nowMs) {
      const task = open.get(folder)
      const began = starts.get(folder)
      if (!task || began === undefined) return
      open.delete(folder)
      shares.delete(folder)
      measured.set(task.kind, [...(measured.get(task.kind) ?? []), nowMs - began])
      if (task.estimateMs === null) return
      tookMs += nowMs - began
      expectedMs += task.estimateMs
    },
    leftMs(nowMs) {
      if (open.size === 0) return 0
      const rate = pace(nowMs)
      const all = [...measured.values()].flat()
      const typical = all.length === 0 ? null : sum(all) / all.length
      let leftMs = 0
      for (const { folder, kind, estimateMs } of open.values()) {
        const ofKind = measured.get(kind)
        const whole = ofKind ? sum(ofKind) / ofKind.length : estimateMs === null ? typical : estimateMs * rate
        if (whole === null) return null
        leftMs += whole * (1 - (shares.get(folder) ?? 0))
      }
      return leftMs / Math.min(jobs, open.size)
    },
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
