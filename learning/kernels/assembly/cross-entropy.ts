// Softmax cross entropy with an exponential and a logarithm of our own: the same bits in every engine.

/** e to the x for x <= 0; Cephes' polynomial (expf.c), results below the smallest normal number are 0. */
// @ts-ignore: decorator
@inline
function exponential(x: f32): f32 {
  if (!(x > -87)) return x != x ? x : 0
  const n = <i32>(x * <f32>1.44269504 - <f32>0.5)
  const r = x - <f32>n * <f32>0.693359375 + <f32>n * <f32>2.1219444e-4
  let p: f32 = 1.98756915e-4
  p = p * r + <f32>1.39819995e-3
  p = p * r + <f32>8.33345191e-3
  p = p * r + <f32>4.16657959e-2
  p = p * r + <f32>1.66666655e-1
  p = p * r + <f32>0.5
  return (p * r * r + r + <f32>1) * reinterpret<f32>((n + 127) << 23)
}

/** Natural logarithm of a number from 1 to the classes: exponent and the atanh series of the mantissa, in float64. */
function logarithm(x: f64): f64 {
  const bits = reinterpret<u64>(x)
  let exponent = <i32>(bits >> 52) - 1023
  let mantissa = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000)
  if (mantissa > 1.4142135623730951) {
    mantissa *= 0.5
    exponent++
  }
  const s = (mantissa - 1) / (mantissa + 1)
  const z = s * s
  let sum: f64 = 0
  for (let k = 15; k >= 1; k -= 2) sum = sum * z + 1 / <f64>k
  return 2 * s * sum + <f64>exponent * 0.6931471805599453
}

/**
 * Replaces logits (rows x classes) by `weight` times the slope of the cross entropy in them; returns the sum of the
 * cross entropies. A row with a number that is not finite gives NaN.
 */
export function crossEntropySlope(logits: usize, labels: usize, rows: i32, classes: i32, weight: f32): f64 {
  let loss: f64 = 0
  for (let row = 0; row < rows; row++) {
    const label = <usize>load<u8>(labels + row)
    let largest = load<f32>(logits)
    for (let c = 1; c < classes; c++) {
      const value = load<f32>(logits + (c << 2))
      if (value > largest) largest = value
    }
    const wanted = load<f32>(logits + (label << 2))
    let sum: f32 = 0
    for (let c = 0; c < classes; c++) {
      const value = exponential(load<f32>(logits + (c << 2)) - largest)
      store<f32>(logits + (c << 2), value)
      sum += value
    }
    loss += sum >= 1 ? logarithm(<f64>sum) + (<f64>largest - <f64>wanted) : NaN
    const factor = weight / sum
    for (let c = 0; c < classes; c++) {
      const at = logits + (c << 2)
      store<f32>(at, load<f32>(at) * factor)
    }
    const at = logits + (label << 2)
    store<f32>(at, load<f32>(at) - weight)
    logits += classes << 2
  }
  return loss
}

/**
 * Returns the sum of the cross entropies and adds to the count at `correct` (i32) the rows whose largest logit is
 * that of their class; ties go to the lowest class, a row with a number that is not finite is wrong and gives NaN.
 */
export function score(logits: usize, labels: usize, rows: i32, classes: i32, correct: usize): f64 {
  let loss: f64 = 0
  let right = 0
  for (let row = 0; row < rows; row++) {
    const label = <i32>load<u8>(labels + row)
    let best = 0
    let largest = load<f32>(logits)
    let finite = true
    for (let c = 0; c < classes; c++) {
      const value = load<f32>(logits + (c << 2))
      if (!isFinite<f32>(value)) finite = false
      if (value > largest) {
        largest = value
        best = c
      }
    }
    if (finite) {
      let sum: f32 = 0
      for (let c = 0; c < classes; c++) sum += exponential(load<f32>(logits + (c << 2)) - largest)
      loss += logarithm(<f64>sum) + (<f64>largest - <f64>load<f32>(logits + (label << 2)))
      if (best == label) right++
    } else {
      loss = NaN
    }
    logits += classes << 2
  }
  store<i32>(correct, load<i32>(correct) + right)
  return loss
}
