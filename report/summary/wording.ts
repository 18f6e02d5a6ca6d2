import type { Summary, Verdict } from './summary.ts'

/** 0.9021 as `90.2 %`; a dash where nothing was measured. */
export function percent(share: number | null | undefined): string {
  return isMeasured(share) ? `${(100 * share).toFixed(1)} %` : '–'
}

/** A difference of two shares as `17.0 points`, its sign dropped. */
export function points(difference: number): string {
  return `${(100 * Math.abs(difference)).toFixed(1)} points`
}

/** Up to `digits` significant digits, no trailing zeros; a dash where nothing was measured. */
export function figure(value: number | null | undefined, digits = 4): string {
  if (!isMeasured(value)) return '–'
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-3)) return value.toExponential(2)
  return String(Number(value.toPrecision(digits)))
}

/** Bytes with a decimal unit: `1.6 MB`. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = count
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(value < 9.95 ? 1 : 0)} ${units[unit]}`
}

/** Milliseconds as `850 ms`, `12.3 s`, `4 min 10 s` or `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 99_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  const minutes = Math.round(seconds / 60)
  if (minutes >= 100) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** An estimated time: `10 s`, `4 min`, `2.5 h`. */
export function roughly(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 90) return `${Math.max(5, Math.round(seconds / 5) * 5)} s`
  if (seconds < 5700) return `${Math.round(seconds / 60)} min`
  return `${Number((seconds / 3600).toPrecision(2))} h`
}

/** `Pass: as expected`, `Fail: KIND`, `Stopped: interrupted`, or `Finished: no expectations` without `expect`. */
export function verdictTitle({ kind, exitCode, expectations }: Verdict): string {
  if (kind === 'interrupted') return `Stopped: ${kind}`
  if (exitCode !== 0) return `Fail: ${kind}`
  return expectations.length === 0 ? 'Finished: no expectations' : `Pass: ${kind}`
}

/**
 * What attack success counts: `Share of stamped test images of other labels taken for label 0, mean over honest peers`.
 */
export function probed({ experiment: { probe } }: Pick<Summary, 'experiment'>): string {
  if (probe?.name === 'sample')
    return `Share of honest peers that take training image ${probe.image} for label ${probe.target}`
  return `Share of stamped test images of other labels taken for label ${probe?.target ?? 0}, mean over honest peers`
}

/** `1 Byzantine peer`, `2 Byzantine peers`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

/** `a`, `a and b`, `a, b and c`. */
export function list(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export function isMeasured(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** The middle value, or the mean of the two middle values; null of no values. */
export function median(values: readonly number[]): number | null {
  return values.length === 0 ? null : quantile(values, 0.5)
}

/**
 * The quantile of a share, linear between adjacent values: numpy's default, type 7 of Hyndman and Fan 1996. NaN of no
 * values.
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const place = share * (sorted.length - 1)
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}
