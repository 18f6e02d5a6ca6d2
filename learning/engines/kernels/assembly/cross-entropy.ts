// Softmax cross entropy with our own exponential and logarithm: the same bits in every JavaScript engine.

/** e to the x for x <= 0, by Cephes' polynomial (expf.c). Results below the smallest normal number are 0. */
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

/** `exponential` of four numbers, with the same bits. */
// @ts-ignore: decorator
@inline
function exponentials(x: v128): v128 {
  const n = i32x4.trunc_sat_f32x4_s(f32x4.sub(f32x4.mul(x, f32x4.splat(1.44269504)), f32x4.splat(0.5)))
  const whole = f32x4.convert_i32x4_s(n)
  const r = f32x4.add(
    f32x4.sub(x, f32x4.mul(whole, f32x4.splat(0.693359375))),
    f32x4.mul(whole, f32x4.splat(2.1219444e-4)),
  )
  let p = f32x4.splat(1.98756915e-4)
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.39819995e-3))
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.33345191e-3))
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.16657959e-2))
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.66666655e-1))
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.5))
  const mantissa = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r), f32x4.splat(1))
  const power = i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23)
  const value = v128.and(f32x4.mul(mantissa, power), f32x4.gt(x, f32x4.splat(-87)))
  return v128.bitselect(x, value, f32x4.ne(x, x))
}

/** Replaces each number x of a row by exp(x - largest); returns the sum, added in order. */
// @ts-ignore: decorator
@inline
function softmaxTerms(logits: usize, classes: i32, largest: f32): f32 {
  let c = 0
  for (; c + 4 <= classes; c += 4) {
    const at = logits + (c << 2)
    v128.store(at, exponentials(f32x4.sub(v128.load(at), f32x4.splat(largest))))
  }
  for (; c < classes; c++) {
    const at = logits + (c << 2)
    store<f32>(at, exponential(load<f32>(at) - largest))
  }
  let sum: f32 = 0
  for (c = 0; c < classes; c++) sum += load<f32>(logits + (c << 2))
  return sum
}

/**
 * Natural logarithm of a number from 1 to the number of classes: exponent and atanh series of the mantissa, in float64.
 */
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
  let sum: f64 = 1.0 / 15.0
  sum = sum * z + 1.0 / 13.0
  sum = sum * z + 1.0 / 11.0
  sum = sum * z + 1.0 / 9.0
  sum = sum * z + 1.0 / 7.0
  sum = sum * z + 1.0 / 5.0
  sum = sum * z + 1.0 / 3.0
  sum = sum * z + 1
  return 2 * s * sum + <f64>exponent * 0.6931471805599453
}

/**
 * Replaces logits (rows x classes) by `weight` times the gradient of the cross entropy. Returns the sum of the cross
 * entropies; a row with a number that is not finite makes it NaN.
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
    const sum = softmaxTerms(logits, classes, largest)
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
 * Returns the sum of the cross entropies, and adds the number of correct rows to the i32 at `correct`. A row is correct
 * if its largest logit is that of its label; ties go to the lowest class. A row with a number that is not finite is
 * wrong, and makes the sum NaN. Overwrites the logits.
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
      const wanted = load<f32>(logits + (label << 2))
      loss += logarithm(<f64>softmaxTerms(logits, classes, largest)) + (<f64>largest - <f64>wanted)
      if (best == label) right++
    } else {
      loss = NaN
    }
    logits += classes << 2
  }
  store<i32>(correct, load<i32>(correct) + right)
  return loss
}
