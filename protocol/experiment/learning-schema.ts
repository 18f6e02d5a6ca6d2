import { z } from 'zod'
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
    "Training and test images: a name, or { folder: ./my-data }, a folder of one's own relative to this file: IDX files under MNIST's names or CIFAR-10's binary batches (32x32x3), gzipped or not, from which shape and classes follow. Its sha256 is filled in when the file is read; a folder with other data than that is refused",
  ),
  partition: choice(partitions).prefault({ name: 'iid' }).describe('Which examples each peer holds'),
  model: nameOf(models).default('mlp').describe('The network that all peers train'),
  engine: z
    .enum(engineNames)
    .default('auto')
    .describe(
      "What computes gradients; auto takes tfjs-webgpu where there is hardware for it, in tabs else tfjs-webgl where there is, else wasm (our own kernels), else tfjs-wasm, else tfjs-cpu; wasm-fast is wasm with multiplications and additions fused where the processor can (relaxed SIMD): faster, but the bits are the processor's, and a run with it is never replayed (class D2)",
    ),
  testExamples: z
    .int()
    .min(1)
    .optional()
    .describe(
      "Test images that evaluations and backdoor probes look at, the same for all peers, drawn with the run's seed; all where left out. Peers without files of their own, tabs among them, are sent these only",
    ),
  batchSize: z.int().min(1).default(32).describe('Examples in a mini-batch'),
  batchOrder: z
    .enum(['shuffled', 'fixed-cycle'])
    .default('shuffled')
    .describe(
      "shuffled: a fresh order each pass, full batches only; fixed-cycle: the same batches in turn, the last one short (the LIE authors' code)",
    ),
  augmentation: z
    .strictObject({
      crop: z
        .int()
        .min(0)
        .max(maxCrop)
        .default(0)
        .describe(
          'Pixels of black padding on every side before a piece of the size of the image is cut out at random; 0 is none',
        ),
      flip: z.boolean().default(false).describe('Mirrors an image left and right with a chance of one half'),
    })
    .prefault({})
    .describe('Random views of the training images, new in every batch; evaluations see images as they are'),
  learningRate: z.number().positive().default(0.1).describe('Step size, before the schedule'),
  schedule: choice(schedules)
    .prefault({ name: 'constant' })
    .describe('How the learning rate goes from round to round; a peer that skips rounds takes the rate of its round'),
  weightDecay: z
    .number()
    .min(0)
    .default(0)
    .describe(
      'L2 regularisation as in SGD of PyTorch: weightDecay x is added to the gradient before momentum; with gradients to the aggregate, at every peer',
    ),
  gradientClip: z
    .number()
    .positive()
    .optional()
    .describe(
      'Largest Euclidean norm of the gradient of a batch, before weight decay and momentum; longer ones are scaled',
    ),
  localSteps: z.int().min(1).default(1).describe('SGD steps between two exchanges'),
  localEpochs: z
    .int()
    .min(1)
    .optional()
    .describe(
      'Passes over its own shard that a peer makes between two exchanges, instead of localSteps: peers that hold more make more steps',
    ),
  momentum: z
    .strictObject({
      at: z
        .enum(['local', 'aggregate'])
        .optional()
        .describe('Where momentum is kept; local with models, aggregate with gradients'),
      beta: z.number().min(0).lt(1).default(0.9).describe('Share of the old momentum that is kept; 0 is plain SGD'),
      dampening: z.number().min(0).max(1).default(0).describe('m = beta m + (1 - dampening) g'),
    })
    .prefault({}),
})
