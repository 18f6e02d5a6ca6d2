import * as z from 'zod'
import { datasetChoice } from '#learning/datasets/choice.ts'
import { engineNames } from '#learning/engines/engine.ts'
import { models } from '#learning/models/registry.ts'
import { partitions } from '#learning/partitions/registry.ts'
import { maxCrop } from '#learning/training/augmentation.ts'
import { schedules } from '#learning/training/schedules.ts'
import { choice, nameOf } from './choice.ts'

/** `learning`: data, model and optimiser, the same for all peers. */
export const learningSchema = z.strictObject({
  dataset: datasetChoice.describe(
    "Training and test images: a name, or your own folder, { folder: ./my-data }, relative to this file. The folder holds IDX files with MNIST's names or CIFAR-10's binary batches (32x32x3), gzipped or not; they determine shape and classes. Reading the file fills in the folder's sha256; a folder with another sha256 is refused",
  ),
  partition: choice(partitions).prefault({ name: 'iid' }).describe('Which examples each peer holds'),
  model: nameOf(models).default('mlp').describe('The network that all peers train'),
  engine: z
    .enum(engineNames)
    .default('auto')
    .describe(
      'Computes gradients. auto takes the first of these that works: tfjs-webgpu on hardware, tfjs-webgl on hardware (tabs only), wasm (our own kernels), tfjs-wasm, tfjs-cpu. wasm-fast is wasm with relaxed SIMD, which may fuse a multiplication and an addition: faster, but the bits depend on the processor, so a run with it cannot be replayed (class D2)',
    ),
  testExamples: z
    .int()
    .min(1)
    .optional()
    .describe(
      "Number of test images for evaluations and backdoor probes, the same images for all peers, drawn with the run's seed. Default: all. Peers without files of their own, such as tabs, receive only these",
    ),
  batchSize: z.int().min(1).default(32).describe('Examples in a mini-batch'),
  batchOrder: z
    .enum(['shuffled', 'fixed-cycle'])
    .default('shuffled')
    .describe(
      "shuffled: a fresh order in each pass, full batches only; fixed-cycle: the same batches in turn, the last one short (as in the LIE authors' code)",
    ),
  augmentation: z
    .strictObject({
      crop: z
        .int()
        .min(0)
        .max(maxCrop)
        .default(0)
        .describe(
          'Random crop: pads each side with this many black pixels, then cuts out a random piece of the original size; 0: no crop',
        ),
      flip: z.boolean().default(false).describe('Mirrors each image left to right with probability 1/2'),
    })
    .prefault({})
    .describe('Random views of the training images, drawn anew for every batch; evaluations use the original images'),
  learningRate: z.number().positive().default(0.1).describe('Step size, before the schedule'),
  schedule: choice(schedules)
    .prefault({ name: 'constant' })
    .describe(
      'How the learning rate changes from round to round; a peer that skipped rounds uses the rate of its present round',
    ),
  weightDecay: z
    .number()
    .min(0)
    .default(0)
    .describe(
      "L2 regularisation as in PyTorch's SGD: weightDecay x is added to the gradient before momentum. With exchange: gradients every peer adds it to the aggregated gradient",
    ),
  gradientClip: z
    .number()
    .positive()
    .optional()
    .describe(
      "Maximum Euclidean norm of a batch's gradient, before weight decay and momentum; longer gradients are scaled down",
    ),
  localSteps: z.int().min(1).default(1).describe('SGD steps between two exchanges'),
  localEpochs: z
    .int()
    .min(1)
    .optional()
    .describe(
      'Passes over its own shard that a peer makes between two exchanges, instead of localSteps: peers with more examples make more steps',
    ),
  momentum: z
    .strictObject({
      at: z
        .enum(['local', 'aggregate'])
        .optional()
        .describe(
          'Where momentum is kept. Default: local with exchange: models and none, aggregate with exchange: gradients',
        ),
      beta: z.number().min(0).lt(1).default(0.9).describe('Share of the old momentum that is kept; 0: plain SGD'),
      dampening: z.number().min(0).max(1).default(0).describe('m = beta m + (1 - dampening) g'),
    })
    .prefault({}),
})
