/** Images and their labels: uint8, row-major. */
export interface LabelledImages {
  readonly count: number
  /** height x width x channels. */
  readonly shape: readonly [height: number, width: number, channels: number]
  /** count x height x width x channels. */
  readonly images: Uint8Array
  /** count. */
  readonly labels: Uint8Array
}

/** A data set in memory. A model sees each pixel as (pixel / 255 - mean) / deviation. */
export interface Dataset {
  readonly name: string
  readonly classes: number
  readonly normalisation: { readonly mean: number; readonly deviation: number }
  readonly train: LabelledImages
  readonly test: LabelledImages
}
