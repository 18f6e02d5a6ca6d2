import * as z from 'zod'
import { metricNames } from './metric-names.ts'

/** A labelled value of an axis that changes several paths at once. */
const setting = z.strictObject({
  label: z.string().min(1).describe('Its name in tables and figures'),
  set: z.record(z.string(), z.unknown()).describe('Paths of the experiment and their values'),
})
export type SweepSetting = z.output<typeof setting>

const axes = z.record(z.string(), z.array(z.union([setting, z.unknown()])).min(1))
/** A set of cells: axis name to label. An axis that is left out may have any label. */
const where = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
const metric = z.enum(metricNames).describe('A metric of a run')

const hypothesis = z.strictObject({
  id: z.string().min(1).describe('Short name, such as H1'),
  claim: z.string().min(1).describe('One sentence that the data can contradict'),
  metric,
  where: where.default({}).describe('Cells that the hypothesis covers'),
  contrast: z
    .strictObject({ of: where, against: where })
    .describe(
      'Two sets of cells, `of` and `against`; each difference is between two runs with the same seed and the same labels on all other axes',
    ),
  relativeTo: where
    .optional()
    .describe(
      'Subtracts from each value that of a baseline run: same seed, same labels on all axes but these. Example: the same cell without an attack',
    ),
  direction: z
    .enum(['greater', 'less', 'same'])
    .describe('Expected difference of `contrast.of` from `contrast.against`'),
  minEffect: z
    .number()
    .min(0)
    .describe('Smallest difference that matters; for `same`, the largest that does not matter'),
})
export type Hypothesis = z.output<typeof hypothesis>

const figure = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('heatmap'),
    title: z.string(),
    metric,
    rows: z.string().describe('Axis'),
    columns: z.string().describe('Axis'),
    worst: z.enum(['min', 'max']).optional().describe('Adds a last column: the minimum or maximum over the columns'),
    where: where.default({}),
  }),
  z.strictObject({
    kind: z.literal('curves'),
    title: z.string(),
    lines: z.string().describe('Axis: one line with a band for each label'),
    where: where.default({}),
  }),
  z.strictObject({
    kind: z.literal('line'),
    title: z.string(),
    metric,
    x: z.string().describe('Axis with numbers'),
    lines: z.string().optional().describe('Axis: one line with a band for each label'),
    where: where.default({}),
    mark: z
      .union([z.number(), z.literal('breakdown')])
      .optional()
      .describe(
        'A vertical line at this number; or `breakdown`: for each line, the point where the condition of its rule ends. The condition: no honest peer has more Byzantine neighbours than its f; for a rule without an f, no more than its breakdown point allows; for cs-plus and gts, 2b < mu_2',
      ),
  }),
])
export type SweepFigure = z.output<typeof figure>

const published = z.strictObject({
  where,
  metric,
  value: z.number().describe('The published number, in the unit of the metric: 0.82, not 82 %'),
  source: z.string().describe('Paper and table'),
  note: z.string().optional().describe('Why our number differs; shown below the number'),
})
export type PublishedNumber = z.output<typeof published>

/**
 * The design of a sweep: the values of its experiments. An axis is a path of the experiment with its values, or a
 * name with labelled settings. A cell is one combination of labels. Every cell runs with every seed.
 */
export const sweepSchema = z.strictObject({
  seeds: z
    .union([z.int().min(1), z.array(z.int().min(0)).min(1)])
    .default(1)
    .describe("Seeds of every cell: a list, or a number of consecutive seeds that start at the experiment's seed"),
  grid: z
    .union([axes, z.array(axes)])
    .default({})
    .describe('Axes to combine, every value with every value; or a list of such grids, which adds up their cells'),
  zip: z
    .array(axes)
    .default([])
    .describe(
      'Groups of axes with equally many values. Axes in a group advance together; each group is combined with all other axes',
    ),
  list: z.array(setting).default([]).describe('Single cells besides the combinations, such as baselines'),
  skip: z.array(where).default([]).describe('Combinations to leave out'),
  hypotheses: z.array(hypothesis).default([]).describe('Hypotheses that the sweep tests'),
  figures: z.array(figure).default([]).describe('Figures of the report, in this order'),
  published: z.array(published).default([]).describe('Published numbers to compare with ours'),
})
export type Sweep = z.output<typeof sweepSchema>
