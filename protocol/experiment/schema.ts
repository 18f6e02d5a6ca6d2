import * as z from 'zod'
import { preAggregators, rules } from '#aggregation/registry.ts'
import { externalRules } from '#aggregation/rules/external.ts'
import { moduleAttack } from '#attacks/own.ts'
import { attacks } from '#attacks/registry.ts'
import { probeSchema } from '#learning/training/probe.ts'
import { topologies } from '#topology/registry.ts'
import { type Configs, choice } from './choice.ts'
import { learningSchema } from './learning-schema.ts'
import { metricNames } from './metric-names.ts'
import { faultsSchema, paceSchema, runtimeSchema } from './runtime-schema.ts'
import { sweepSchema } from './sweep-schema.ts'

/** Version of the experiment format; raised whenever the meaning of a file changes. */
export const schemaVersion = 2
/** Version of the arithmetic; raised whenever any bit of a result may change. */
export const numericsVersion = 6

const peers = z.strictObject({
  honest: z.int().min(1).describe('Honest peers'),
  byzantine: z.int().min(0).default(0).describe('Byzantine peers'),
  placement: z
    .union([z.enum(['random', 'spread', 'hub', 'bridge', 'eclipse', 'fiedler', 'balanced']), z.array(z.int().min(0))])
    .default('random')
    .describe(
      'Which peers are Byzantine: random; spread (farthest-point placement); hub (highest degree); bridge (highest betweenness); eclipse (all neighbours of one peer); fiedler (at the sign change of the Fiedler vector); balanced (as equal a number of Byzantine neighbours for each honest peer as possible); or a list of indices',
    ),
  placementSeed: z
    .int()
    .min(0)
    .optional()
    .describe("Seed of the placement alone, to vary placement and training independently. Default: the run's seed"),
})

const rounds = z.strictObject({
  count: z.int().min(1).describe('Rounds of the run'),
  deadlineMs: z
    .int()
    .min(10)
    .default(30_000)
    .describe('Maximum time that a peer waits for updates after it has sent its own'),
  evaluateEvery: z
    .int()
    .min(1)
    .default(5)
    .describe('Rounds between two evaluations on the test set; the last round is always evaluated'),
  quorum: z
    .int()
    .min(1)
    .optional()
    .describe(
      "Minimum number of neighbours' updates that closes a round at its deadline. Default: what the rule needs for its f, less the peer's own update",
    ),
})

const expectation = z.strictObject({
  metric: z.enum(metricNames),
  atLeast: z.number().optional(),
  atMost: z.number().optional(),
})

const before = z.array(choice(preAggregators)).default([]).describe('Pre-aggregators, applied in this order')
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
    ...[...attacks, moduleAttack].map((entry) => entry.config),
  ] as unknown as [
    z.ZodObject<{ name: z.ZodLiteral<'none'> }>,
    ...Configs<readonly [...typeof attacks, typeof moduleAttack]>,
  ])
  .prefault({ name: 'none' })

/**
 * The experiment: the single definition of every option. Types, command-line help, the JSON Schema, the
 * reference page and the report's table of parameters derive from it. Unknown keys are errors.
 */
export const experimentSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens')
    .describe('Name of the experiment'),
  question: z.string().optional().describe('The question that the experiment answers; the report shows it at the top'),
  seed: z.int().min(0).default(1).describe('Seed of every random draw'),
  peers,
  topology: choice(topologies).describe('The graph: which peers are neighbours'),
  learning: learningSchema,
  exchange: z
    .enum(['models', 'gradients', 'none'])
    .default('models')
    .describe(
      'models: the model after local steps, on any graph; gradients: one gradient each, on the complete graph (a parameter server without a server); none: each peer trains alone',
    ),
  pace: paceSchema
    .prefault({ name: 'rounds' })
    .describe(
      "rounds: peers wait for their neighbours' updates; gossip-learning and ad-psgd: each peer keeps its own pace in virtual time, and a round is one period (simulation only)",
    ),
  dissemination: z
    .enum(['direct', 'gossip'])
    .default('direct')
    .describe(
      'direct: each update goes one hop along the edges; gossip: gossipsub carries the headers, and each peer pulls each payload once',
    ),
  aggregation: aggregation.describe('The rule, and the pre-aggregators before it'),
  attack: attack.describe('What Byzantine peers send'),
  commitments: z
    .enum(['off', 'evidence', 'before-reveal'])
    .default('off')
    .describe(
      'evidence: peers publish their signed headers, and two of one peer for one round prove equivocation; before-reveal: each peer also holds its update back until all headers of the round have arrived',
    ),
  probe: probeSchema
    .optional()
    .describe(
      "Images and target label of attack.successRate, the share of these images that a model takes for the target at evaluation rounds. Default: the attack's own target, if it has one",
    ),
  rounds,
  faults: faultsSchema.prefault({}).describe('Faults that the simulator injects, independent of the attack'),
  runtime: runtimeSchema
    .prefault({ name: 'simulation' })
    .describe('Where the peers live; the only section that differs between a simulation and a swarm'),
  expect: z
    .array(expectation)
    .default([])
    .describe('Expectations that make the verdict of the run: exit code 0 if all hold, 1 otherwise'),
  twins: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
        label: z.string().describe('What the twin shows, in a few words'),
        set: z.record(z.string(), z.unknown()).describe('Paths of the experiment and their values in the twin'),
      }),
    )
    .default([])
    .describe(
      'The same experiment with a few values changed; the simulator runs each twin beside it, and the report shows both',
    ),
  sweep: sweepSchema.optional().describe('Many experiments in one file: `hearsay sweep` runs them all'),
})

/** An experiment with every option: defaults are applied, and short forms written out. */
export type Experiment = z.output<typeof experimentSchema>
export type Pace = z.output<typeof paceSchema>
