import type { Dataset } from '../datasets/dataset.ts'

/** The poisoning of every example of a batch: a stamp and a label. */
export interface Poison {
  /** Side, in pixels, of the square of maximum intensity in the upper left corner; 0: no stamp. */
  readonly stamp: number
  /** The label of all poisoned examples. */
  readonly label: number
}

/**
 * Stamps the first `rows` images of `pixels` (rows x height x width x channels, normalised), in place: sets the upper
 * left `side` x `side` pixels to `intensity` in every channel.
 */
export function stampImages(
  pixels: Float32Array,
  rows: number,
  [height, width, channels]: readonly [height: number, width: number, channels: number],
  side: number,
  intensity: number,
): void {
  const size = height * width * channels
  for (let row = 0; row < rows; row++) {
    for (let y = 0; y < side; y++) {
      const from = row * size + y * width * channels
      pixels.fill(intensity, from, from + side * channels)
    }
  }
}

/** Throws RangeError if the data set lacks the label, or its images are too small for the stamp. */
export function requirePoison({ stamp, label }: Poison, { name, classes, train }: Dataset): void {
  const [height, width] = train.shape
  if (stamp > Math.min(height, width)) {
    throw new RangeError(
      `a pattern of ${stamp} x ${stamp} pixels does not fit the ${height} x ${width} images of ${name}`,
    )
  }
  if (label >= classes) throw new RangeError(`${name} has the labels 0 to ${classes - 1}, got ${label}`)
}
