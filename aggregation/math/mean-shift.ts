/**
 * Mean-shift clusters of a few points, with a flat kernel. Every seed moves to the mean of the points within one
 * bandwidth until it rests. A resting place within a bandwidth of one with more points is merged into it. Each point
 * belongs to the nearest remaining place, or to none if that is farther than a bandwidth. Returns the cluster of each
 * point, or -1. Clusters are numbered from 0, in descending order of the points around them.
 *
 * Comaniciu, Meer 2002; as scikit-learn's MeanShift with `bin_seeding=True, cluster_all=False`. The seeds are the
 * occupied cells of a grid of one bandwidth, or the points themselves if these are not more. The bandwidth is that of
 * scikit-learn's estimate_bandwidth: the mean distance to the floor(quantile n)-th nearest point, counting the point
 * itself first.
 * Choices: with bandwidth 0, which scikit-learn refuses, equal points make a cluster. Among places with equally many
 * points, the one with larger coordinates comes first.
 */
export function meanShift(points: readonly Point[], quantile: number): number[] {
  const bandwidth = bandwidthOf(points, quantile)
  const places = seedsOf(points, bandwidth)
    .map((seed) => restingPlace(seed, points, bandwidth))
    .filter(({ size }) => size > 0)
    .sort((a, b) => b.size - a.size || descending(a.centre, b.centre))
  const centres: Point[] = []
  for (const { centre } of places) {
    if (centres.every((other) => distance(other, centre) > bandwidth)) centres.push(centre)
  }
  return points.map((point) => {
    const lengths = centres.map((centre) => distance(point, centre))
    const min = Math.min(...lengths)
    return min <= bandwidth ? lengths.indexOf(min) : -1
  })
}

type Point = readonly number[]

function bandwidthOf(points: readonly Point[], quantile: number): number {
  const nearest = Math.max(1, Math.floor(quantile * points.length))
  const sum = points.reduce((total, point) => {
    const lengths = points.map((other) => distance(point, other)).sort((a, b) => a - b)
    return total + (lengths[nearest - 1] as number)
  }, 0)
  return sum / points.length
}

/** Occupied cells of a grid with cells as wide as the bandwidth, if they are fewer than the points; else the points. */
function seedsOf(points: readonly Point[], bandwidth: number): readonly Point[] {
  if (bandwidth === 0) return points
  const bins = new Map(
    points.map((point) => {
      const bin = point.map((value) => halfToEven(value / bandwidth))
      return [bin.join(), bin.map((place) => place * bandwidth)]
    }),
  )
  return bins.size < points.length ? [...bins.values()] : points
}

/** The place where a seed comes to rest, and the number of points within a bandwidth of it in its last step. */
function restingPlace(seed: Point, points: readonly Point[], bandwidth: number) {
  const within = (centre: Point) => points.filter((point) => distance(point, centre) <= bandwidth)
  // The rounded mean of equal points may differ from them.
  if (bandwidth === 0) return { centre: seed, size: within(seed).length }
  let centre = seed
  for (let step = 0; ; step++) {
    const inside = within(centre)
    if (inside.length === 0) return { centre, size: 0 }
    const next = mean(inside)
    const moved = distance(next, centre)
    centre = next
    if (moved <= 1e-3 * bandwidth || step === 300) return { centre, size: inside.length }
  }
}

function halfToEven(value: number): number {
  const below = Math.floor(value)
  if (value - below !== 0.5) return Math.round(value)
  return below % 2 === 0 ? below : below + 1
}

function descending(x: Point, y: Point): number {
  const at = x.findIndex((value, k) => value !== y[k])
  return at < 0 ? 0 : (y[at] as number) - (x[at] as number)
}

function distance(x: Point, y: Point): number {
  let sum = 0
  for (let k = 0; k < x.length; k++) sum += ((x[k] as number) - (y[k] as number)) ** 2
  return Math.sqrt(sum)
}

function mean(points: readonly Point[]): number[] {
  return (points[0] as Point).map(
    (_, k) => points.reduce((sum, point) => sum + (point[k] as number), 0) / points.length,
  )
}
