import { integer, type Random } from '../random.ts'

/** Random views of training images; evaluations use the original images. */
export interface Augmentation {
  /** Black pixels that pad each side of an image, before a random piece of the original size is cut out. */
  readonly crop: number
  /** Mirrors an image left to right with probability 1/2. */
  readonly flip: boolean
}

/** Maximum shift of a crop, in pixels: a view holds each shift in one byte. */
export const maxCrop = 127

/**
 * Draws the views of `count` images, one number each: `(down + 128) 512 + (right + 128) 2 + mirrored`. The cut begins
 * `down` pixels below and `right` pixels right of the upper left corner of the image; both may be negative. A view
 * takes two draws for `crop` and one for `flip`.
 *
 * He et al. 2016, https://arxiv.org/abs/1512.03385, section 4.2 (4 pixels of padding and a flip on CIFAR-10).
 * Choices: cut first, then mirrored; padding is the pixel value 0, as in torchvision's RandomCrop.
 */
export function drawViews({ crop, flip }: Augmentation, random: Random, count: number): Uint32Array {
  if (!(crop <= maxCrop)) throw new RangeError(`a crop shifts by at most ${maxCrop} pixels, got ${crop}`)
  return Uint32Array.from({ length: count }, () => {
    const down = crop > 0 ? integer(random, 2 * crop + 1) - crop : 0
    const right = crop > 0 ? integer(random, 2 * crop + 1) - crop : 0
    const mirrored = flip && random() < 0.5 ? 1 : 0
    return (down + 128) * 512 + (right + 128) * 2 + mirrored
  })
}

/** Index, row by row, of the image's pixel at (y, x) of its view; undefined for padding. */
export function placeInImage(
  view: number,
  [height, width]: readonly [height: number, width: number, channels: number],
  y: number,
  x: number,
): number | undefined {
  const row = y + (view >>> 9) - 128
  const column = (view & 1 ? width - 1 - x : x) + ((view >>> 1) & 255) - 128
  return row < 0 || row >= height || column < 0 || column >= width ? undefined : row * width + column
}

/** Throws RangeError unless there is exactly one view for each example of a batch. */
export function requireViews(views: Uint32Array, batch: Uint32Array): void {
  if (views.length !== batch.length) {
    throw new RangeError(`a batch of ${batch.length} examples needs as many views, got ${views.length}`)
  }
}
