import { exponential, logarithm } from '../random.ts'

/** The score of a classifier's outputs on some examples. */
export interface Score {
  /** Sum of the cross entropy over the examples, in nats. */
  readonly loss: number
  /** Number of examples with the largest logit at their label. */
  readonly correct: number
}

/**
 * Scores logits (at least labels.length x classes, row-major; further rows are padding and do not count). Our own
 * exponential and logarithm make equal logits give equal losses in every JavaScript engine. Throws RangeError for too
 * few logits.
 * Choices: ties go to the lowest class. A row with a number that is not finite counts as wrong, and makes the loss NaN.
 */
export function scoreLogits(logits: Float32Array, labels: Uint8Array, classes: number): Score {
  if (logits.length < labels.length * classes) {
    throw new RangeError(`${labels.length} labels need ${labels.length * classes} logits, got ${logits.length}`)
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
