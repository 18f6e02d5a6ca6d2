import * as z from 'zod'
import { defineAttack, type Known, type Training } from '../attack.ts'
import { knownVectors } from '../math/known.ts'
import { batchesOf, poisonOf, sampleOf } from '../math/poisoned-images.ts'
import { deviationOf, meanOf } from '../math/statistics.ts'
import { zMax } from '../math/z-max.ts'

const parameters = {
  variant: z
    .enum(['pattern', 'sample'])
    .default('pattern')
    .describe(
      'pattern: models should give the target label to images with a bright square in the upper left corner; sample: they should give one image the label after its own',
    ),
  target: z.int().min(0).default(0).describe('pattern: the label that models should give to stamped images'),
  size: z.int().min(1).default(5).describe('pattern: side of the square, in pixels'),
  sample: z
    .int()
    .min(1)
    .default(1)
    .describe("sample: position of the image among the Byzantine peers' images, in an order shuffled by the seed"),
  images: z
    .int()
    .min(1)
    .default(1000)
    .describe('pattern: images that are stamped and trained on; all if there are fewer'),
  draw: z
    .enum(['each-round', 'once'])
    .default('each-round')
    .describe("pattern: draw these images in each round (the paper), or once for the run (the authors' code)"),
  examples: z
    .enum(['coalition', 'training-set'])
    .default('coalition')
    .describe("Images to poison: the colluders' own examples, or any example of the training set (the authors' code)"),
  z: z
    .union([z.number().min(0), z.literal('paper')])
    .default(0.2)
    .describe(
      'Maximum distance from the mean in standard deviations; paper: z_max from n and m of the experiment, or 0 if that is negative',
    ),
  alpha: z
    .number()
    .gt(0)
    .max(1)
    .default(0.2)
    .describe('Share of the backdoor task in the loss; the rest belongs to the distance'),
  distance: z
    .enum(['mean-squared', 'per-tensor', 'normalised'])
    .default('mean-squared')
    .describe(
      "Distance from the start: mean-squared over all parameters (the paper); per-tensor, the sum of the tensors' mean squares (the authors' code); normalised, the sum of squares in units of z standard deviations (FedML)",
    ),
  epochs: z.int().min(1).default(5).describe('Passes over the poisoned images in a round'),
  batchSize: z.int().min(1).default(200).describe('Poisoned images in a mini-batch'),
  learningRate: z
    .number()
    .positive()
    .default(0.1)
    .describe('Step size of the malicious training, on the loss divided by alpha'),
  momentum: z.number().min(0).lt(1).default(0).describe('Momentum of the malicious training'),
  weightDecay: z.number().min(0).default(1e-4).describe('Weight decay of the malicious training'),
}
type Parameters = z.output<z.ZodObject<typeof parameters>>

/**
 * The backdoor of A Little Is Enough: train V on poisoned images, starting from the mean of the known vectors. Then
 * clip every coordinate to mean ± z std, so that the crafted vector passes for an honest one.
 *
 * Baruch, Baruch, Goldberg 2019, https://arxiv.org/abs/1902.06156, Algorithm 4. Defaults are those of its Table 2: z =
 * alpha = 0.2, 5 epochs on 1000 fresh images, stamped with a 5 x 5 square and labelled 0. The loss is alpha task + (1 -
 * alpha) distance; the task is the cross entropy. Steps follow the loss divided by alpha, as in the authors' code
 * (task + 4 distance at alpha 0.2), so that their rate of 0.1 fits every alpha.
 *
 * Choices. The exchanged vectors decide where V starts. Models: V starts at the colluders' mean x̄, and V itself is
 * clipped. Gradients: V starts one honest step ahead, at x₀ = x - lr ḡ. The clipped vector is the gradient that leads
 * from x to V, (x₀ - V) / lr + ḡ. The authors' code has - ḡ there, an error of 2 ḡ.
 * The distance is measured from the start. `mean-squared`: (1/d) |V - x₀|². `per-tensor`: as in the authors' code.
 * `normalised`: Σ ((V - x₀) / max(z σ, 1e-5))² as in FedML; σ is the deviation of the parameters (lr σ with gradients).
 * The authors' code makes a new optimiser for each batch, so that its momentum of 0.9 never accumulates; here it is 0.
 * Its pattern has the value 2.8, which is out of range except on MNIST; here it is a pixel value of 255. It stops once
 * the model has learnt the backdoor; here V is always trained. Its `sample` backdoor aims at (l + 1) mod 5; here at
 * (l + 1) mod classes.
 * Standard deviations divide by m. With `knowledge: colluders`, all colluders draw the same images and craft the same
 * vector. O(epochs x images) gradients and O(m d) time, O(d) memory.
 */
export const backdoor = defineAttack({
  name: 'backdoor',
  summary: 'A model trained on poisoned images, clipped to mean ± z standard deviations',
  reference: 'https://arxiv.org/abs/1902.06156',
  requires: 'm >= 2, training examples',
  cost: 'm d and epochs x images gradients',
  knowledge: ['colluders', 'neighbourhood', 'omniscient'],
  parameters,
  minColluders: (_, knowledge) => (knowledge === 'colluders' ? 2 : 1),
  async train(known, options, { n, m, round }, training) {
    const { descend, ...given } = training()
    const { mean, deviation } = statisticsOf(known)
    const { exchange, learningRate, model } = given
    const gradients = exchange === 'gradients'
    const start = Float32Array.from(mean, (value, k) =>
      gradients ? (model[k] as number) - learningRate * value : value,
    )
    const radius = factorOf(options, n, m) * (gradients ? learningRate : 1)
    const { parameters: trained } = await descend({
      start,
      batches: batchesOf(options, given, round),
      poison: poisonOf(options, given),
      alpha: options.alpha,
      weights: weightsOf(options, given, deviation, radius),
      learningRate: options.learningRate,
      momentum: options.momentum,
      weightDecay: options.weightDecay,
    })
    if (!gradients) return trained
    return trained.map((value, k) => ((start[k] as number) - value) / learningRate + (mean[k] as number))
  },
  goal(options, data) {
    if (options.variant === 'pattern') return { name: 'pattern', size: options.size, target: options.target }
    return sampleOf(options, data)
  },
  craft(known, options, { n, m, trained }) {
    const { mean, deviation } = statisticsOf(known)
    if (trained?.length !== mean.length) {
      throw new RangeError(
        `backdoor needs trained, the result of its training: ${mean.length} numbers, got ${trained?.length ?? 'none'}`,
      )
    }
    const factor = factorOf(options, n, m)
    const output = Float32Array.from(mean, (centre, k) => {
      const reach = factor * (deviation[k] as number)
      return Math.min(centre + reach, Math.max(centre - reach, trained[k] as number))
    })
    return { output, z: factor }
  },
  harmlessAtZero: true,
  wholeSet: ({ examples }) => (examples === 'training-set' ? { option: 'examples', instead: 'coalition' } : undefined),
  example: { told: { trained: [5, 2.5] } },
  conformance: [{}, { config: { z: 1, variant: 'sample' } }, { config: { z: 'paper' } }],
})

function statisticsOf(known: Known) {
  const vectors = knownVectors(known)
  const mean = meanOf(vectors)
  return { mean, deviation: deviationOf(vectors, mean, 0) }
}

function factorOf(options: Parameters, n: number, m: number): number {
  return options.z === 'paper' ? Math.max(0, zMax(n, m)) : options.z
}

/** The weight of each squared difference in the distance (d). */
function weightsOf(
  { distance }: Parameters,
  { tensors }: Pick<Training, 'tensors'>,
  deviation: Float64Array,
  radius: number,
): Float32Array {
  const d = deviation.length
  if (distance === 'mean-squared') return new Float32Array(d).fill(1 / d)
  if (distance === 'normalised') {
    return Float32Array.from(deviation, (spread) => 1 / Math.max(radius * spread, minRadius) ** 2)
  }
  const weights = new Float32Array(d)
  let from = 0
  for (const length of tensors) {
    weights.fill(1 / length, from, from + length)
    from += length
  }
  return weights
}

/** FedML's minimum of z times the deviation. */
const minRadius = 1e-5
