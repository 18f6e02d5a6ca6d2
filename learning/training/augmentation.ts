import { integer, type Random } from '../random.ts'

/** Random views of training images; evaluations never see them. */
export interface Augmentation {
  /** Pixels that an image is padded with on every side, black, before a piece of its own size is cut out at random. */
  readonly crop: number
  /** Mirrors left and right with a chance of one half. */
  readonly flip: boolean
}

/** How far a crop may shift an image, in pixels: a view holds each shift in one byte. */
export const maxCrop = 127

/**
 * Draws how each of `count` images is looked at: one number a view, `(down + 128) 512 + (right + 128) 2 + mirrored`,
 * where the cut begins `down` pixels below and `right` pixels right of the image's own corner, either of them negative
 * too. Two draws a view with `crop`, one with `flip`.
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

/** Where pixel (y, x) of a view lies in its image; undefined where that is padding. */
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

/** Throws RangeError unless there is a view for every example of a batch. */
export function requireViews(views: Uint32Array, batch: Uint32Array): void {
  if (views.length !== batch.length) {
    throw new RangeError(`a batch of ${batch.length} examples needs as many views, got ${views.length}`)
  }
}
