import type { Goal, PoisonData } from '../attack.ts'

/** The options of a backdoor that choose its images. */
export interface Choice {
  readonly variant: 'pattern' | 'sample'
  readonly target: number
  readonly size: number
  readonly sample: number
  readonly images: number
  readonly draw: 'each-round' | 'once'
  readonly examples: 'coalition' | 'training-set'
  readonly epochs: number
  readonly batchSize: number
}

/** The image of a sample backdoor, and the label after its own. */
export function sampleOf(options: Choice, data: PoisonData): Extract<Goal, { name: 'sample' }> {
  const candidates = candidatesOf(options, data)
  if (options.sample > candidates.length) {
    throw new RangeError(
      `backdoor needs a sample of at most ${candidates.length}, the number of its images, got ${options.sample}`,
    )
  }
  const image = drawn(candidates, options.sample, data.stream(0)).at(-1) as number
  return { name: 'sample', image, target: ((data.labels[image] as number) + 1) % data.classes }
}

/** Stamp and label of the images in all batches. */
export function poisonOf(options: Choice, data: PoisonData): { stamp: number; label: number } {
  if (options.variant === 'pattern') return { stamp: options.size, label: options.target }
  return { stamp: 0, label: sampleOf(options, data).target }
}

/** The batches of all epochs of a round. Every epoch has the same images in the same order. */
export function batchesOf(options: Choice, data: PoisonData, round: number): Uint32Array[] {
  const { variant, draw, epochs, batchSize } = options
  const images =
    variant === 'sample'
      ? Uint32Array.of(sampleOf(options, data).image)
      : drawn(candidatesOf(options, data), options.images, data.stream(draw === 'once' ? 0 : round))
  const epoch: Uint32Array[] = []
  for (let from = 0; from < images.length; from += batchSize) epoch.push(images.slice(from, from + batchSize))
  return Array.from({ length: epochs }, () => epoch).flat()
}

/** The examples that may be poisoned. */
function candidatesOf({ examples }: Choice, { coalition, labels }: PoisonData): Uint32Array {
  return examples === 'coalition' ? coalition : Uint32Array.from(labels.keys())
}

/** The first `count` candidates of a random order, all if there are fewer (Fisher and Yates). */
function drawn(candidates: Uint32Array, count: number, random: () => number): Uint32Array {
  const order = candidates.slice()
  const taken = Math.min(count, order.length)
  for (let i = 0; i < taken; i++) {
    const j = i + Math.floor(random() * (order.length - i))
    const swap = order[i] as number
    order[i] = order[j] as number
    order[j] = swap
  }
  return order.slice(0, taken)
}
