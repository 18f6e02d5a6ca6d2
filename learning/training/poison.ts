import type { Dataset } from '../datasets/dataset.ts'

/** What is done to every example of a batch before the model sees it: data that lies. */
export interface Poison {
  /** Side of the square in the upper left corner that is set to maximal intensity, in pixels; 0 leaves images as they are. */
  readonly stamp: number
  /** The label that all of them get. */
  readonly label: number
}

/**
 * Stamps the first `rows` images of `pixels` (rows x height x width x channels, normalised), in place: `intensity` in
 * every channel of the upper left `side` x `side` pixels.
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

/** Throws RangeError where a data set has no such label or its images are too small for the stamp. */
export function requirePoison({ stamp, label }: Poison, { name, classes, train }: Dataset): void {
  const [height, width] = train.shape
  if (stamp > Math.min(height, width)) {
    throw new RangeError(
      `a pattern of ${stamp} x ${stamp} pixels does not fit the ${height} x ${width} images of ${name}`,
    )
  }
  if (label >= classes) throw new RangeError(`${name} has the labels 0 to ${classes - 1}, label ${label} was asked for`)
}
