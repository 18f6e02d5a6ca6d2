import { z } from 'zod'
import { preAggregators, rules } from '#aggregation/registry.ts'
import { externalRules } from '#aggregation/rules/external.ts'
import { attacks } from '#attacks/registry.ts'
import { datasetChoice } from '#learning/datasets/choice.ts'
import { engineNames } from '#learning/engines/engine.ts'
import { models } from '#learning/models/registry.ts'
import { partitions } from '#learning/partitions/registry.ts'
import { mostCrop } from '#learning/training/augmentation.ts'
import { probeSchema } from '#learning/training/probe.ts'
import { schedules } from '#learning/training/schedules.ts'
import { topologies } from '#topology/registry.ts'
import { metricNames } from './metric-names.ts'
import { sweepSchema } from './sweep-schema.ts'

/** Raised whenever the meaning of an experiment file changes. */
export const schemaVersion = 1
/** Raised whenever any bit of a result may change. */
export const numericsVersion = 6

type Configs<T extends readonly { readonly config: z.ZodObject }[]> = { [K in keyof T]: T[K]['config'] }
type Names<T extends readonly { readonly name: string }[]> = { [K in keyof T]: T[K]['name'] }

/** One schema for a registry: the entry's `name` decides which parameters are allowed. */
function choice<const T extends readonly [{ readonly config: z.ZodObject }, ...{ readonly config: z.ZodObject }[]]>(
  registry: T,
) {
  return z.discriminatedUnion('name', registry.map((entry) => entry.config) as unknown as Configs<T>)
}

function nameOf<const T extends readonly { readonly name: string }[]>(registry: T) {
  return z.enum(registry.map((entry) => entry.name) as unknown as Names<T>)
}

const peers = z.strictObject({
  honest: z.int().min(1).describe('Honest peers'),
  byzantine: z.int().min(0).default(0).describe('Byzantine peers'),
  placement: z
    .union([z.enum(['random', 'spread', 'hub', 'bridge', 'eclipse', 'fiedler', 'balanced']), z.array(z.int().min(0))])
    .default('random')
    .describe(
      'Which peers are Byzantine: random; spread (farthest point); hub (highest degree); bridge (highest betweenness); eclipse (all neighbours of one peer); fiedler (where the Fiedler vector changes sign); balanced (as equally many beside each honest peer as possible); or a list of indices',
    ),
  placementSeed: z
    .int()
    .min(0)
    .optional()
    .describe("Seed of the random placement alone, so that placements can be crossed with trainings; the run's seed"),
})

const learning = z.strictObject({
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
  batches: z
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
        .max(mostCrop)
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

const rounds = z.strictObject({
  count: z.int().min(1).describe('Rounds of the run'),
  deadlineMs: z.int().min(10).default(30_000).describe("How long a round may take after the peer's own send"),
  evaluateEvery: z
    .int()
    .min(1)
    .default(5)
    .describe('Rounds between two evaluations on the test set; the last round always'),
  quorum: z
    .int()
    .min(1)
    .optional()
    .describe(
      "Neighbours' updates needed to close a round at its deadline; what the rule needs at its f, less the peer's own",
    ),
})

const faults = z.strictObject({
  churn: z.number().min(0).max(1).default(0).describe('Chance that a peer is away for a round'),
  drop: z.number().min(0).max(1).default(0).describe('Chance that an update is lost'),
  delayMs: z.number().min(0).default(0).describe('Mean delay of an update on an edge, one way'),
  delayShape: z
    .enum(['exponential', 'constant', 'log-normal'])
    .default('exponential')
    .describe('How delays spread around their mean; log-normal has sigma 1, a heavy tail'),
  uplinkMbps: z
    .number()
    .min(0)
    .default(0)
    .describe("Megabits a second of a peer's uplink, through which its updates pass one after the other; 0: no limit"),
  computeMs: z.number().min(0).default(0).describe('Virtual time of a local training step (simulation)'),
  stragglers: z
    .strictObject({
      share: z.number().min(0).max(1).default(0).describe('Chance that a peer is a straggler, for the whole run'),
      factor: z.number().min(1).default(4).describe('How many times as long its local steps take'),
    })
    .prefault({})
    .describe('Slow peers'),
})

const pace = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('rounds') }),
  z.strictObject({
    name: z.literal('gossip-learning'),
    mode: z
      .enum(['push', 'pull', 'push-pull'])
      .default('push')
      .describe('In each period a peer sends its model to one random neighbour, asks one for its model, or both'),
    merge: z
      .enum(['age-weighted', 'average', 'rule'])
      .default('age-weighted')
      .describe(
        "How a model that arrives is taken in: weighted by the local steps behind each, half and half, or by the experiment's rule over the newest model of every neighbour",
      ),
    periodMs: z.number().positive().default(1000).describe('Virtual time between two exchanges of a peer'),
  }),
  z.strictObject({
    name: z.literal('ad-psgd'),
    periodMs: z
      .number()
      .positive()
      .default(1000)
      .describe('Virtual time of an iteration where local steps take none (faults.computeMs)'),
  }),
])
export type Pace = z.output<typeof pace>

const common = {
  links: z
    .enum(['webrtc', 'auto'])
    .default('webrtc')
    .describe('webrtc on every edge, or auto: TCP between two Node peers'),
}
const browserOptions = {
  isolate: z
    .enum(['page', 'context'])
    .default('page')
    .describe('Tabs are pages of one browser context, or each has a context of its own'),
  headless: z.boolean().default(true).describe('Without a window'),
}
export const runtimeSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('simulation'),
    workers: z.int().min(1).optional().describe('Worker threads; one per core'),
  }),
  z.strictObject({ name: z.literal('processes'), ...common }),
  z.strictObject({ name: z.literal('browsers'), ...common, ...browserOptions }),
  z.strictObject({
    name: z.literal('mixed'),
    tabs: z
      .int()
      .min(1)
      .describe(
        'How many of the peers are tabs, the others are Node processes; tabs and processes take turns by index',
      ),
    ...common,
    ...browserOptions,
  }),
  z.strictObject({ name: z.literal('hosted'), ...common }),
])

const expectation = z.strictObject({
  metric: z.enum(metricNames),
  atLeast: z.number().optional(),
  atMost: z.number().optional(),
})

const before = z.array(choice(preAggregators)).default([]).describe('Pre-aggregators, left to right')
type WithBefore<T extends readonly { readonly config: z.ZodObject }[]> = {
  [K in keyof T]: z.ZodObject<T[K]['config']['shape'] & { before: typeof before }, z.core.$strict>
}
const allRules = [...rules, ...externalRules] as const
const aggregation = z.discriminatedUnion(
  'name',
  allRules.map((rule) => rule.config.extend({ before })) as unknown as WithBefore<typeof allRules>,
)

const attack = z
  .discriminatedUnion('name', [
    z.strictObject({ name: z.literal('none') }),
    ...attacks.map((entry) => entry.config),
  ] as unknown as [z.ZodObject<{ name: z.ZodLiteral<'none'> }>, ...Configs<typeof attacks>])
  .prefault({ name: 'none' })

/**
 * The experiment: the only place where an option exists. Types, command-line help, the JSON Schema, the
 * reference page and the report's table of parameters derive from it. Unknown keys are errors.
 */
export const experimentSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens')
    .describe('Name of the experiment'),
  question: z
    .string()
    .optional()
    .describe('The question that the experiment answers; stands at the head of the report'),
  seed: z.int().min(0).default(1).describe('Every random draw derives from it'),
  peers,
  topology: choice(topologies).describe('Who talks to whom'),
  learning,
  exchange: z
    .enum(['models', 'gradients', 'none'])
    .default('models')
    .describe(
      'models after local steps, any graph; gradients, complete graph: the serverless parameter server; none: each peer trains alone',
    ),
  pace: pace
    .prefault({ name: 'rounds' })
    .describe(
      'rounds: peers meet; gossip-learning and ad-psgd: each goes at its own pace in virtual time, and a round is one period (simulation)',
    ),
  dissemination: z
    .enum(['direct', 'gossip'])
    .default('direct')
    .describe('direct: one hop along the edges; gossip: digests on gossipsub, payloads pulled once'),
  aggregation: aggregation.describe('The robust rule, with the pre-aggregators before it'),
  attack: attack.describe('What Byzantine peers send'),
  commitments: z
    .enum(['off', 'evidence', 'before-reveal'])
    .default('off')
    .describe(
      'evidence: signed headers travel to all, two of one peer and round convict it; before-reveal: nobody reveals before all headers are in',
    ),
  probe: probeSchema
    .optional()
    .describe(
      "What attack.successRate counts at evaluation rounds: the share of certain images that are taken for a target; the attack's own goal, where it has one",
    ),
  rounds,
  faults: faults.prefault({}).describe('What goes wrong besides the liars'),
  runtime: runtimeSchema
    .prefault({ name: 'simulation' })
    .describe('Where the peers live; the only section that differs between a simulation and a swarm'),
  expect: z.array(expectation).default([]).describe('The verdict of the run: exit code 0 if all hold, 1 otherwise'),
  twins: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
        label: z.string().describe('What the twin shows, in a few words'),
        set: z.record(z.string(), z.unknown()).describe('Paths of the experiment and the values that differ'),
      }),
    )
    .default([])
    .describe(
      'The same experiment with a few values changed, run in the simulator beside it and drawn into its report',
    ),
  sweep: sweepSchema.optional().describe('Many experiments in one: `hearsay sweep` runs them all'),
})
export type Experiment = z.output<typeof experimentSchema>
