import * as z from 'zod'

/** `pace`: whether peers wait for each other in rounds or each follow a pace of their own. */
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
        "How a peer merges a model that arrives into its own: age-weighted: weighted by each model's number of local steps; average: half and half; rule: the experiment's rule over the newest model of every neighbour",
      ),
    periodMs: z.number().positive().default(1000).describe('Virtual time between two exchanges of a peer'),
  }),
  z.strictObject({
    name: z.literal('ad-psgd'),
    periodMs: z
      .number()
      .positive()
      .default(1000)
      .describe('Virtual time of one iteration if local steps take no time (faults.computeMs: 0), and of one round'),
  }),
])

/** `faults`: faults that the simulator injects, independent of the attack. */
export const faultsSchema = z.strictObject({
  churn: z.number().min(0).max(1).default(0).describe('Probability that a peer is away for a round'),
  drop: z.number().min(0).max(1).default(0).describe('Probability that an update is lost'),
  delayMs: z.number().min(0).default(0).describe('Mean one-way delay of an update on an edge'),
  delayShape: z
    .enum(['exponential', 'constant', 'log-normal'])
    .default('exponential')
    .describe('Distribution of the delays; log-normal has sigma 1, a heavy tail'),
  uplinkMbps: z
    .number()
    .min(0)
    .default(0)
    .describe("Bandwidth of a peer's uplink in megabits a second; it carries one update at a time. 0: no limit"),
  computeMs: z.number().min(0).default(0).describe('Virtual time of one local step'),
  stragglers: z
    .strictObject({
      share: z.number().min(0).max(1).default(0).describe('Probability that a peer is a straggler for the whole run'),
      factor: z.number().min(1).default(4).describe("How many times as long a straggler's local steps take"),
    })
    .prefault({})
    .describe('Slow peers'),
})

const common = {
  links: z
    .enum(['webrtc', 'auto'])
    .default('webrtc')
    .describe('webrtc: WebRTC on every edge; auto: TCP between two Node peers, WebRTC on all other edges'),
}
const browserOptions = {
  isolate: z
    .enum(['page', 'context'])
    .default('page')
    .describe('page: all tabs are pages of one browser context; context: each tab has a browser context of its own'),
  headless: z.boolean().default(true).describe('Runs the browser without a window'),
}

/** `runtime`: where the peers of a run live. */
export const runtimeSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('simulation'),
    workers: z.int().min(1).optional().describe('Worker threads. Default: one per core'),
  }),
  z.strictObject({ name: z.literal('processes'), ...common }),
  z.strictObject({ name: z.literal('browsers'), ...common, ...browserOptions }),
  z.strictObject({
    name: z.literal('mixed'),
    tabs: z
      .int()
      .min(1)
      .describe('Number of peers that are tabs; the others are Node processes. Tabs and processes alternate by index'),
    ...common,
    ...browserOptions,
  }),
  z.strictObject({ name: z.literal('hosted'), ...common }),
])
