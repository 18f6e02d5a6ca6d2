import { configurePipeline } from '#aggregation/pipeline.ts'
import type { Workspace } from '#learning/engines/engine.ts'
import { descendProximally } from '#learning/engines/proximal.ts'
import type { Model } from '#learning/models/model.ts'
import { type Random, randomStream } from '#learning/random.ts'
import { applyDescent } from '#learning/training/descent.ts'
import { flippedLabel } from '#learning/training/examples.ts'
import type { PoisonPorts } from '#protocol/adversary/poisoning.ts'
import { descentOf, momentumAt } from '#protocol/assembly/peer-config.ts'
import { withStream } from '#protocol/compute/compute.ts'
import { type Experiment, experimentSchema } from '#protocol/experiment/schema.ts'
import type { Checkpoint, CheckpointPort } from '#protocol/peer/checkpoint.ts'
import type { Observation } from '#protocol/peer/peer-ports.ts'
import type { Aggregator, Trainer } from '#protocol/peer/ports.ts'
import { createTrainer } from '#protocol/peer/trainer.ts'
import { planOf } from '#protocol/plan/plan.ts'
import type { RunEvent } from '#protocol/record/events.ts'
import type { Digest } from '#protocol/record/vector-digest.ts'
import {
  runSimulation,
  type SimulationPorts,
  type SimulationResult,
  type TrainerPool,
} from '#protocol/simulation/simulation.ts'

/** Parameters of the model: small enough to follow, large enough for rules to differ. */
const dimension = 6
export const examplesPerPeer = 20

/** SHA-256 by WebCrypto, which Node and tabs both have. */
export const subtleDigest: Digest = {
  sha256: async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes))),
}

/** The target of example k: around (1, 2, .., d), with its own spread. Its flipped twin has the opposite target. */
export function targetOf(example: number): Float32Array {
  const random = randomStream(7, 'target', example % flippedLabel)
  const side = example >= flippedLabel ? -1 : 1
  return Float32Array.from({ length: dimension }, (_, k) => side * (k + 1 + (random() - 0.5)))
}

/** Loss |x - target|^2 / 2, averaged over a batch: every answer can be computed by hand. */
function quadratic(): Pick<Workspace, 'descend' | 'gradient' | 'evaluate'> {
  const gradientAt = (x: Float32Array, batch: Uint32Array): Float32Array => {
    const gradient = new Float32Array(x.length)
    for (const example of batch) {
      const target = targetOf(example)
      for (let k = 0; k < x.length; k++) {
        gradient[k] = (gradient[k] as number) + ((x[k] as number) - (target[k] as number)) / batch.length
      }
    }
    return gradient
  }
  const lossAt = (x: Float32Array, batch: Uint32Array): number =>
    gradientAt(x, batch).reduce((sum, value) => sum + (value * value) / 2, 0)
  return {
    async descend(parameters, momentum, batches, descent) {
      const [x, m] = [parameters.slice(), momentum.slice()]
      const losses = batches.map((batch) => {
        const loss = lossAt(x, batch)
        applyDescent(x, m, gradientAt(x, batch), descent)
        return loss
      })
      return { parameters: x, momentum: m, loss: losses.reduce((a, b) => a + b, 0) / losses.length }
    },
    gradient: async (x, batch) => ({ gradient: gradientAt(x, batch), loss: lossAt(x, batch) }),
    evaluate: async (x) => ({ loss: lossAt(x, Uint32Array.of(0)), accuracy: 0 }),
  }
}

/** A model of that many parameters, for Byzantine peers that train. */
const model: Model = {
  name: 'quadratic',
  classes: 2,
  parameterCount: dimension,
  layers: [{ kind: 'dense', inputs: 2, outputs: 2, weights: 'xavier', bias: 'zero' }],
}

/** Delays every answer by its own number of microtask turns, like workers of different speed. */
function dawdling<T extends object>(target: T, random: Random | undefined): T {
  if (!random) return target
  return new Proxy(target, {
    get(object, key) {
      const member = object[key as keyof T] as unknown
      if (typeof member !== 'function') return member
      return (...values: unknown[]) => {
        const result: unknown = member.apply(object, values)
        return result instanceof Promise ? later(result, Math.floor(random() * 40)) : result
      }
    },
  })
}

async function later<T>(work: Promise<T>, turns: number): Promise<T> {
  for (let turn = 0; turn < turns; turn++) await undefined
  return work
}

/** Six honest peers on a ring lattice, with the given changes. */
export function experimentWith(changes: Record<string, unknown> = {}): Experiment {
  return experimentSchema.parse({
    name: 'quadratic',
    peers: { honest: 6 },
    topology: { name: 'ring', neighbours: 4 },
    learning: { dataset: 'digits', batchSize: 4, learningRate: 0.2, momentum: { beta: 0.5 } },
    aggregation: { name: 'average' },
    rounds: { count: 12, deadlineMs: 1000, evaluateEvery: 4 },
    ...changes,
  })
}

export interface QuadraticRun extends SimulationResult {
  readonly events: readonly RunEvent[]
  readonly observations: readonly Observation[]
  readonly byzantine: readonly number[]
  /** The parameters of each peer at the end. */
  readonly parameters: readonly Float32Array[]
  /** Events of one type. */
  of<T extends RunEvent['type']>(type: T): Extract<RunEvent, { type: T }>[]
}

/** Simulates an experiment on quadratic losses; `speed` draws the delay of each answer. */
export async function simulate(
  experiment: Experiment,
  options: {
    readonly speed?: Random
    readonly signal?: AbortSignal
    readonly pool?: Partial<TrainerPool>
    readonly shards?: readonly Uint32Array[]
    readonly checkpoints?: CheckpointPort
    readonly resume?: Checkpoint
    readonly scripts?: SimulationPorts['scripts']
  } = {},
): Promise<QuadraticRun> {
  const plan = planOf(experiment)
  const events: RunEvent[] = []
  const observations: Observation[] = []
  const aggregatorOf = (peer: number): Aggregator => {
    const config = experiment.exchange === 'none' ? { name: 'average' } : experiment.aggregation
    const rules = new Map<number, ReturnType<typeof configurePipeline>>()
    return {
      async aggregate(request) {
        const size = plan.neighbourhoodsAt(request.round)[peer]?.members.length ?? 1
        const rule = rules.get(size) ?? configurePipeline(config, size)
        rules.set(size, rule)
        return rule.aggregate(withStream(request))
      },
    }
  }
  const trainers: Trainer[] = []
  const pool: TrainerPool = {
    trainer() {
      const trainer = createTrainer({
        workspace: quadratic(),
        initial: new Float32Array(dimension),
        descent: descentOf(experiment),
        momentumAt: momentumAt(experiment),
      })
      trainers.push(trainer)
      return dawdling(trainer, options.speed)
    },
    aggregator: (peer) => dawdling(aggregatorOf(peer), options.speed),
    ...options.pool,
  }
  const result = await runSimulation(experiment, plan, {
    pool,
    shards:
      options.shards ??
      Array.from({ length: plan.n }, (_, peer) =>
        Uint32Array.from({ length: examplesPerPeer }, (__, k) => peer * examplesPerPeer + k),
      ),
    poisoning: dawdling(
      {
        labelled: { classes: 2, labels: new Uint8Array(plan.n * examplesPerPeer) },
        model,
        descend: (descent) => descendProximally(quadratic(), descent),
      } satisfies PoisonPorts,
      options.speed,
    ),
    digest: dawdling(subtleDigest, options.speed),
    recorder: { record: (event) => events.push(event) },
    observe: (observation) => observations.push(observation),
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.checkpoints ? { checkpoints: options.checkpoints } : {}),
    ...(options.resume ? { resume: options.resume } : {}),
    ...(options.scripts ? { scripts: options.scripts } : {}),
  })
  return {
    ...result,
    events,
    observations,
    byzantine: plan.byzantine,
    parameters: trainers.map((trainer) => trainer.read()),
    of: (type) => events.filter((event) => event.type === type) as never,
  }
}

/** Mean over the honest peers' examples: the optimum of honest learning. */
export function honestOptimum(n: number, byzantine: readonly number[]): Float32Array {
  const examples = Array.from({ length: n * examplesPerPeer }, (_, k) => k).filter(
    (example) => !byzantine.includes(Math.floor(example / examplesPerPeer)),
  )
  return Float32Array.from(
    { length: dimension },
    (_, k) => examples.reduce((sum, example) => sum + (targetOf(example)[k] as number), 0) / examples.length,
  )
}

export function distance(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value, k) => sum + (value - (b[k] as number)) ** 2, 0))
}

/** The maximum distance of an honest peer from the honest optimum, at the end. */
export function worstError({ parameters, byzantine }: QuadraticRun): number {
  const optimum = honestOptimum(parameters.length, byzantine)
  const honest = parameters.filter((_, peer) => !byzantine.includes(peer))
  return Math.max(...honest.map((x) => distance(x, optimum)))
}
