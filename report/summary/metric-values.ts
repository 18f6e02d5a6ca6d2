/** The value at a dotted path such as `accuracy.worst`; NaN if there is none. */
export function metricValue(metrics: object, path: string): number {
  let value: unknown = metrics
  for (const key of path.split('.')) {
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key]
        : undefined
  }
  return typeof value === 'number' ? value : Number.NaN
}

/** All metrics by dotted path; null of `summary.json` (not measured) becomes NaN. */
export function flatMetrics(metrics: object): Map<string, number> {
  const flat = new Map<string, number>()
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'number' || value === null) flat.set(path, value ?? Number.NaN)
    else if (typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) walk(inner, path === '' ? key : `${path}.${key}`)
    }
  }
  walk(metrics, '')
  return flat
}

/** Whether a metric is a share from 0 to 1, which reports show in per cent. */
export function isShare(metric: string): boolean {
  return /^(accuracy\.|attack\.successRate|influence\.)/.test(metric)
}
