/**
 * Mean-shift clusters of a few points with a flat kernel: every point climbs to the mean of the points within one
 * bandwidth until it rests; resting places within a bandwidth of one with more points are merged into it; each point
 * belongs to the nearest that is left. Returns the cluster of each point, numbered by size of the place's ball.
 *
 * Comaniciu, Meer 2002; as scikit-learn's MeanShift with every point a seed. The bandwidth is its estimate_bandwidth:
 * the mean distance to the floor(quantile n)-th nearest point, oneself the first. Ties go to the lowest index.
 */
export function meanShift(points: readonly (readonly number[])[], quantile: number): number[] {
  const n = points.length
  const nearest = Math.max(1, Math.floor(quantile * n))
  const bandwidth =
    points.reduce((sum, point) => {
      const lengths = points.map((other) => distance(point, other)).sort((a, b) => a - b)
      return sum + (lengths[nearest - 1] as number)
    }, 0) / n
  const within = (centre: readonly number[]) => points.filter((point) => distance(point, centre) <= bandwidth)
  const places = points.map((point) => {
    let centre = point
    let inside = within(centre)
    for (let step = 0; step < 300; step++) {
      const next = mean(inside)
      const around = within(next)
      // With a bandwidth of 0, rounding may take the mean of equal points off them.
      if (around.length === 0) break
      const moved = distance(next, centre)
      centre = next
      inside = around
      if (moved <= 1e-3 * bandwidth) break
    }
    return { centre, size: inside.length }
  })
  const order = places.map((_, i) => i).sort((a, b) => (places[b]?.size ?? 0) - (places[a]?.size ?? 0) || a - b)
  const centres: (readonly number[])[] = []
  for (const i of order) {
    const { centre } = places[i] as (typeof places)[number]
    if (centres.every((other) => distance(other, centre) > bandwidth)) centres.push(centre)
  }
  return points.map((point) => {
    const lengths = centres.map((centre) => distance(point, centre))
    return lengths.indexOf(Math.min(...lengths))
  })
}

function distance(x: readonly number[], y: readonly number[]): number {
  let sum = 0
  for (let k = 0; k < x.length; k++) sum += ((x[k] as number) - (y[k] as number)) ** 2
  return Math.sqrt(sum)
}

function mean(points: readonly (readonly number[])[]): number[] {
  return (points[0] as readonly number[]).map(
    (_, k) => points.reduce((sum, point) => sum + (point[k] as number), 0) / points.length,
  )
}
