import { z } from 'zod'
import { preAggregators, rules } from '#aggregation/registry.ts'
import { externalRules } from '#aggregation/rules/external.ts'
import { attacks } from '#attacks/registry.ts'
import { probeSchema } from '#learning/training/probe.ts'
import { topologies } from '#topology/registry.ts'
import { type Configs, choice } from './choice.ts'
import { learningSchema } from './learning-schema.ts'
import { metricNames } from './metric-names.ts'
import { faultsSchema, paceSchema, runtimeSchema } from './runtime-schema.ts'
import { sweepSchema } from './sweep-schema.ts'

/** Raised whenever the meaning of an experiment file changes. */
export const schemaVersion = 2
/** Raised whenever any bit of a result may change. */
export const numericsVersion = 6

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
  learning: learningSchema,
  exchange: z
    .enum(['models', 'gradients', 'none'])
    .default('models')
    .describe(
      'models after local steps, any graph; gradients, complete graph: the serverless parameter server; none: each peer trains alone',
    ),
  pace: paceSchema
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
  faults: faultsSchema.prefault({}).describe('What goes wrong besides the Byzantine peers'),
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
export type Pace = z.output<typeof paceSchema>
