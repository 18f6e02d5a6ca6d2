import { z } from 'zod'

/** `pace`: whether peers meet in rounds. */
export const paceSchema = z.discriminatedUnion('name', [
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

/** `faults`: the faults that are injected besides the attack. */
export const faultsSchema = z.strictObject({
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

/** `runtime`: where the peers of a run live. */
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
