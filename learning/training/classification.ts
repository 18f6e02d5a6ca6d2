import { exponential, logarithm } from '../random.ts'

/** What a classifier's outputs are worth on some examples. */
export interface Score {
  /** Sum over the examples of the cross entropy, in nats. */
  readonly loss: number
  /** Examples whose largest logit is that of their class. */
  readonly correct: number
}

/**
 * Scores logits (at least labels.length x classes, row-major; further rows are padding and not counted).
 * Choices: ties go to the lowest class; a row with a number that is not finite is wrong, and its loss NaN.
 * Uses our own exponential and logarithm, so that equal logits give equal losses in every JavaScript engine.
 */
export function scoreLogits(logits: Float32Array, labels: Uint8Array, classes: number): Score {
  if (logits.length < labels.length * classes) {
    throw new RangeError(`${labels.length} labels of ${classes} classes need more than ${logits.length} logits`)
  }
  let loss = 0
  let correct = 0
  for (let row = 0; row < labels.length; row++) {
    const start = row * classes
    const label = labels[row] as number
    let best = 0
    let finite = true
    for (let c = 0; c < classes; c++) {
      const value = logits[start + c] as number
      if (!Number.isFinite(value)) finite = false
      if (value > (logits[start + best] as number)) best = c
    }
    if (!finite) {
      loss = Number.NaN
      continue
    }
    const largest = logits[start + best] as number
    let sum = 0
    for (let c = 0; c < classes; c++) sum += exponential((logits[start + c] as number) - largest)
    loss += logarithm(sum) + largest - (logits[start + label] as number)
    if (best === label) correct++
  }
  return { loss, correct }
}
