import { z } from 'zod'
import { metricNames } from './metric-names.ts'

/** A value of an axis that changes several paths at once, under a name of its own. */
const setting = z.strictObject({
  label: z.string().min(1).describe('How tables and figures call it'),
  set: z.record(z.string(), z.unknown()).describe('Paths of the experiment and their values'),
})
export type SweepSetting = z.output<typeof setting>

const axes = z.record(z.string(), z.array(z.union([setting, z.unknown()])).min(1))
/** Axis name to label: a set of cells. Axes that are left out may have any label. */
const where = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
const metric = z.enum(metricNames).describe('A metric of a run')

const hypothesis = z.strictObject({
  id: z.string().min(1).describe('Short name, such as H1'),
  claim: z.string().min(1).describe('One sentence that the data can contradict'),
  metric,
  where: where.default({}).describe('Cells that the hypothesis is about'),
  contrast: z
    .strictObject({ of: where, against: where })
    .describe('Two sets of cells; a difference is taken between runs that agree in the seed and all other axes'),
  relativeTo: where
    .optional()
    .describe(
      'Values are differences from the run that agrees in the seed and all axes but these, such as the same cell without an attack',
    ),
  direction: z.enum(['greater', 'less', 'same']).describe('How the first is expected to differ from the second'),
  minEffect: z
    .number()
    .min(0)
    .describe('Smallest difference that would matter; for `same`, the largest that would not'),
})
export type Hypothesis = z.output<typeof hypothesis>

const figure = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('heatmap'),
    title: z.string(),
    metric,
    rows: z.string().describe('Axis'),
    columns: z.string().describe('Axis'),
    worst: z.enum(['min', 'max']).optional().describe('A last column with the minimum or the maximum over the columns'),
    where: where.default({}),
  }),
  z.strictObject({
    kind: z.literal('curves'),
    title: z.string(),
    lines: z.string().describe('Axis: one line with its band for each label'),
    where: where.default({}),
  }),
  z.strictObject({
    kind: z.literal('line'),
    title: z.string(),
    metric,
    x: z.string().describe('Axis with numbers'),
    lines: z.string().optional().describe('Axis: one line with its band for each label'),
    where: where.default({}),
    mark: z
      .union([z.number(), z.literal('breakdown')])
      .optional()
      .describe(
        'A vertical line at a number; or `breakdown`: for each line where the condition of its rule ends, that no honest peer has more Byzantine peers beside it than its f (of a rule without an f, than its breakdown point allows; of cs-plus and gts, that 2b stays below mu_2)',
      ),
  }),
])
export type SweepFigure = z.output<typeof figure>

const published = z.strictObject({
  where,
  metric,
  value: z.number().describe('The published number, in the unit of the metric: 0.82, not 82 %'),
  source: z.string().describe('Paper and table'),
  note: z.string().optional().describe('Where ours differ, why: stands below the number'),
})
export type PublishedNumber = z.output<typeof published>

/**
 * The design of a sweep: which values its experiments take. An axis is a path of the experiment with its values, or a
 * name with labelled settings. Cells are the combinations of all labels; every cell is run with every seed.
 */
export const sweepSchema = z.strictObject({
  seeds: z
    .union([z.int().min(1), z.array(z.int().min(0)).min(1)])
    .default(1)
    .describe("Seeds that every cell is run with: a list, or how many from the experiment's own on"),
  grid: z
    .union([axes, z.array(axes)])
    .default({})
    .describe(
      'Axes that are combined: every value with every value; or a list of such grids, whose cells are put together',
    ),
  zip: z
    .array(axes)
    .default([])
    .describe('Groups of axes with equally many values that are walked together; a group is combined with the others'),
  list: z.array(setting).default([]).describe('Single cells beside the combinations, such as baselines'),
  skip: z.array(where).default([]).describe('Combinations that are left out'),
  hypotheses: z.array(hypothesis).default([]).describe('What the sweep is to decide'),
  figures: z.array(figure).default([]).describe('Figures of its report, in their order'),
  published: z.array(published).default([]).describe("Other people's numbers, set beside ours"),
})
export type Sweep = z.output<typeof sweepSchema>
