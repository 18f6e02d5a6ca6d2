// Two lanes of f64, for sums that float32 would round.

/** Two float32 numbers as f64. */
// @ts-ignore: decorator
@inline
export function wide(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at))
}

/** sum + (x - y)^2. */
// @ts-ignore: decorator
@inline
export function wideSquare(sum: v128, x: v128, y: v128): v128 {
  const difference = f64x2.sub(x, y)
  return f64x2.add(sum, f64x2.mul(difference, difference))
}
