import * as z from 'zod'

interface ScheduleDeclaration<N extends string, S extends Record<string, z.ZodType>> {
  readonly name: N
  readonly summary: string
  readonly reference?: string
  readonly parameters: S
  /** The factor on the experiment's learning rate in a round, counted from 0. */
  factor(parameters: z.output<z.ZodObject<S>>, round: number): number
}

function defineSchedule<const N extends string, S extends Record<string, z.ZodType>>(
  declaration: ScheduleDeclaration<N, S>,
) {
  const config = z.strictObject({ name: z.literal(declaration.name), ...declaration.parameters })
  return { ...declaration, config }
}

const constant = defineSchedule({
  name: 'constant',
  summary: 'The same learning rate in every round',
  parameters: {},
  factor: () => 1,
})

/**
 * The rate falls at given rounds, as in PyTorch's MultiStepLR and ByzFL's `milestones`. Choices: multiplies factor by
 * factor instead of raising to a power, so the bits are the same on every platform.
 */
const step = defineSchedule({
  name: 'step',
  summary: 'Multiplies the learning rate by a factor at each of the given rounds',
  parameters: {
    at: z.array(z.int().min(0)).min(1).describe('Rounds, counted from 0, at which the rate changes'),
    factor: z.number().positive().default(0.1).describe('Factor on the rate at each of these rounds'),
  },
  factor: ({ at, factor }, round) => at.reduce((product, from) => (round >= from ? product * factor : product), 1),
})

/**
 * The fading rate in the code of the authors of "A Little Is Enough" (Baruch et al. 2019): rate_t = rate_0 r / (t + r).
 * Their code computes it with r = 10000 (MNIST) and 2000 (CIFAR-10) but never applies it: their server uses the
 * constant rate.
 */
const fading = defineSchedule({
  name: 'fading',
  summary: "learningRate x rate / (round + rate): half after `rate` rounds (in the LIE authors' code)",
  reference: 'https://arxiv.org/abs/1902.06156',
  parameters: {
    rate: z.number().positive().describe('Number of rounds after which the learning rate is half of its initial value'),
  },
  factor: ({ rate }, round) => rate / (round + rate),
})

/** Every learning-rate schedule, in the order of the tables. */
export const schedules = [constant, step, fading] as const
export type ScheduleConfig = z.output<(typeof schedules)[number]['config']>

/** The learning rate of a round, counted from 0. It depends only on the round; rounds that a peer skips count too. */
export function learningRateAt(learningRate: number, schedule: ScheduleConfig, round: number): number {
  switch (schedule.name) {
    case 'constant':
      return learningRate
    case 'step':
      return learningRate * step.factor(schedule, round)
    case 'fading':
      return learningRate * fading.factor(schedule, round)
  }
}
