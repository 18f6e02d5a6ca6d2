import { z } from 'zod'
import { experimentSchema, schemaVersion } from '#protocol/experiment/schema.ts'

/** A number, or null for one that was not measured. */
const figure = z.number().nullable()
const figures = z.array(figure)
const counts = z.record(z.string(), z.number())

const curves = z.looseObject({
  rounds: z.array(z.number()),
  accuracyMean: figures,
  accuracyWorst: figures,
  accuracyP10: figures,
  lossMean: figures,
  seconds: figures.optional(),
  attackSuccess: figures.optional(),
})
const section = z.record(z.string(), figure)
const metrics = z.looseObject({ accuracy: section, loss: section, attack: section, bytes: section, rounds: section })
const range = z.looseObject({ least: z.number(), most: z.number() })

/** The keys that the reports need in a summary; other keys are not checked. */
const shape = z.looseObject({
  experiment: z.looseObject({ name: z.string() }),
  experimentId: z.string(),
  hearsayVersion: z.string(),
  startedAt: z.string(),
  wallMs: z.number(),
  peers: z.array(
    z.looseObject({
      peer: z.int(),
      kind: z.string(),
      role: z.enum(['honest', 'byzantine']),
      neighbours: z.array(z.int()),
      accuracy: figure,
      loss: figure,
      bytesSent: z.number(),
      bytesReceived: z.number(),
      accepted: z.number(),
      rejected: counts,
      stopped: z.string().nullable(),
    }),
  ),
  edges: z.array(z.tuple([z.int(), z.int()])),
  curves,
  metrics,
  neighbourhoods: z.array(z.looseObject({})),
  consensus: z.array(z.looseObject({ round: z.int(), distance: figure })),
  displacements: z.array(z.looseObject({})),
  exact: z.boolean(),
  attackZ: figure,
  phases: section,
  rejections: counts,
  influence: z.array(z.looseObject({ peer: z.int(), from: z.int(), share: figure, used: figure })),
  influenceRounds: z.looseObject({ rounds: z.array(z.int()), edges: z.array(z.looseObject({})) }).nullable(),
  traffic: z.looseObject({ rounds: z.array(z.int()), sent: figures, received: figures }),
  notes: z.array(z.string()),
  repetition: z.looseObject({ class: z.enum(['D0', 'D1', 'D2']), transcriptHash: z.string().nullable() }),
  twins: z.array(z.looseObject({ name: z.string(), label: z.string(), curves, metrics })),
  verdict: z.looseObject({
    kind: z.enum([
      'as expected',
      'expectation failed',
      'vacuous attack',
      'honest peers starved',
      'swarm broke',
      'interrupted',
    ]),
    exitCode: z.int(),
    expectations: z.array(z.looseObject({ metric: z.string(), bound: z.string(), value: figure, holds: z.boolean() })),
    starvation: z.looseObject({ peers: z.array(z.int()), round: range, needed: range, came: range }).optional(),
    lines: z.array(z.string()),
  }),
})

/** Why this version cannot read a value as a summary, to complete a sentence; undefined if it can. */
export function foreignSummary(value: unknown): string | undefined {
  const parsed = shape.safeParse(value)
  if (!parsed.success) {
    const [path] = parsed.error.issues.map((issue) => issue.path.join('.'))
    return `is not a summary.json of Hearsay${path ? `: ${path} is missing or wrong` : ''}`
  }
  if (experimentSchema.safeParse(parsed.data.experiment).success) return undefined
  return `is of Hearsay ${parsed.data.hearsayVersion}, whose experiment format differs; this version reads schemaVersion ${schemaVersion}: run it again`
}
