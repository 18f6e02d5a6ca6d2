// Weight decay and clipping of a gradient before the step, in place.

/** gradient = gradient + weightDecay x parameters. */
export function addDecay(gradient: usize, parameters: usize, count: i32, weightDecay: f32): void {
  const shares = f32x4.splat(weightDecay)
  let i = 0
  for (; i + 4 <= count; i += 4) {
    v128.store(gradient, f32x4.add(v128.load(gradient), f32x4.mul(shares, v128.load(parameters))))
    gradient += 16
    parameters += 16
  }
  for (; i < count; i++) {
    store<f32>(gradient, load<f32>(gradient) + weightDecay * load<f32>(parameters))
    gradient += 4
    parameters += 4
  }
}

/**
 * Scales the gradient to a Euclidean norm of at most `limit`. Sums the norm in float64, in two lanes. A gradient that
 * is not finite is unchanged.
 */
export function clipToNorm(gradient: usize, count: i32, limit: f64): void {
  let pair = f64x2.splat(0)
  let at = gradient
  let i = 0
  for (; i + 2 <= count; i += 2) {
    const two = f64x2.promote_low_f32x4(v128.load64_zero(at))
    pair = f64x2.add(pair, f64x2.mul(two, two))
    at += 8
  }
  let sum = f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1)
  if (i < count) sum += <f64>load<f32>(at) * <f64>load<f32>(at)
  const norm = Math.sqrt(sum)
  if (!(norm > limit) || norm == Infinity) return
  const scale = <f32>(limit / norm)
  const scales = f32x4.splat(scale)
  at = gradient
  for (i = 0; i + 4 <= count; i += 4) {
    v128.store(at, f32x4.mul(scales, v128.load(at)))
    at += 16
  }
  for (; i < count; i++) {
    store<f32>(at, scale * load<f32>(at))
    at += 4
  }
}

/** Whether all numbers are finite: a finite number has an exponent with at least one bit 0. */
export function allFinite(vector: usize, count: i32): bool {
  const magnitude = i32x4.splat(0x7fffffff)
  let largest = i32x4.splat(0)
  let i = 0
  for (; i + 4 <= count; i += 4) {
    largest = i32x4.max_s(largest, v128.and(magnitude, v128.load(vector)))
    vector += 16
  }
  let most = max(
    max(i32x4.extract_lane(largest, 0), i32x4.extract_lane(largest, 1)),
    max(i32x4.extract_lane(largest, 2), i32x4.extract_lane(largest, 3)),
  )
  for (; i < count; i++) {
    most = max(most, 0x7fffffff & load<i32>(vector))
    vector += 4
  }
  return most < 0x7f800000
}
