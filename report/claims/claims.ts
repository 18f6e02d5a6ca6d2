import * as z from 'zod'
import { metricNames } from '#protocol/experiment/metric-names.ts'

const measured = {
  claim: z.string().min(1).describe('The claim about the number, in one sentence'),
  metric: z.enum(metricNames).describe('A metric of the run, or of the cells of a sweep, averaged over seeds'),
  twin: z.string().optional().describe('The twin of the run that has the number'),
  where: z.record(z.string(), z.string()).optional().describe('The cells of the sweep'),
}

const claim = z.union([
  z
    .strictObject({ ...measured, expected: z.number(), tolerance: z.number().min(0) })
    .describe('The measured number is within the tolerance of the expected one'),
  z
    .strictObject({
      claim: z.string(),
      hypothesis: z.string(),
      verdict: z.enum(['supported', 'refuted', 'underpowered']),
      metric: z.enum(metricNames).describe('That of the hypothesis'),
      expected: z.number().describe('Its difference, in the unit of the metric'),
      tolerance: z.number().min(0),
    })
    .describe('A hypothesis of the sweep has this verdict, and its difference lies within the tolerance'),
  z
    .strictObject({ claim: z.string(), transcript: z.string().regex(/^[0-9a-f]{64}$/), numerics: z.int() })
    .describe('The transcript hash of the simulation, at this version of the numerics'),
])
export type Claim = z.output<typeof claim>

export const reproductionSchema = z.strictObject({
  about: z.string().min(1).describe('What is repeated, in one sentence'),
  experiment: z.string().describe('Preset or file; one with a sweep is run as a sweep'),
  set: z.array(z.string()).default([]).describe('Changes as after --set'),
  minutes: z.number().positive().describe('On two cores'),
  claims: z.array(claim).min(1),
})

/** An experiment with claims on its results, which one command checks. */
export interface Reproduction extends z.output<typeof reproductionSchema> {
  readonly name: string
}
