import type { PoisonData, PoisonedDescent, Training } from '#attacks/attack.ts'
import type { Model } from '#learning/models/model.ts'
import { layerViews } from '#learning/models/parameters.ts'
import { randomStream } from '#learning/random.ts'
import type { Probe } from '#learning/training/probe.ts'
import { learningRateAt } from '#learning/training/schedules.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { Experiment } from '../experiment/schema.ts'
import { attackOf } from '../plan/byzantine.ts'

/** The labels of the training set. */
interface Labelled {
  readonly classes: number
  /** By index in the training set. */
  readonly labels: Uint8Array
}

/** Ports for Byzantine peers that train: the labels, the model and the compute of their peer. */
export interface PoisonPorts {
  readonly labelled: Labelled
  readonly model: Model
  descend(descent: PoisonedDescent): Promise<{ readonly parameters: Float32Array }>
}

/** The coalition's data: the shards of all Byzantine peers, in the order of `byzantine`, and random draws in common. */
export function poisonData(
  { seed }: Pick<Experiment, 'seed'>,
  { classes, labels }: Labelled,
  shards: readonly (Uint32Array | undefined)[],
  byzantine: readonly PeerIndex[],
): PoisonData {
  return {
    coalition: Uint32Array.from(byzantine.flatMap((peer) => [...(shards[peer] ?? [])])),
    labels,
    classes,
    stream: (round) => randomStream(seed, 'poison', -1, round),
  }
}

/** The training port of a Byzantine peer, for a round that starts at the model `start` (d). */
export function trainingOf(
  { exchange, learning }: Pick<Experiment, 'exchange' | 'learning'>,
  data: PoisonData,
  { model, descend }: Pick<PoisonPorts, 'model' | 'descend'>,
): (round: number, start: Float32Array) => Training {
  const views = layerViews(model, new Float32Array(model.parameterCount))
  const tensors = views.flatMap(({ weights, bias }) => [weights.length, bias.length])
  return (round, start) => ({
    ...data,
    exchange: exchange === 'gradients' ? 'gradients' : 'models',
    learningRate: learningRateAt(learning.learningRate, learning.schedule, round),
    model: start,
    tensors,
    descend,
  })
}

/**
 * The probe that every peer measures at evaluation rounds: the experiment's probe, else the goal of its attack, else
 * undefined. Throws RangeError if the attack needs an image that the Byzantine peers do not have.
 */
export function probeOf(experiment: Pick<Experiment, 'attack' | 'probe'>, data: PoisonData): Probe | undefined {
  return experiment.probe ?? attackOf(experiment)?.goal?.(data)
}

/** Trains each distinct poisoned model once. Equal requests share one result, which no caller may change. */
export function sharePoisoning(descend: PoisonPorts['descend']): PoisonPorts['descend'] {
  let recent: { readonly descent: PoisonedDescent; readonly result: ReturnType<PoisonPorts['descend']> }[] = []
  return (descent) => {
    const same = recent.find((other) => alike(other.descent, descent))
    if (same) return same.result
    const result = descend(descent)
    recent = [{ descent, result }, ...recent.slice(0, kept - 1)]
    return result
  }
}

/** Number of cached results: a mixed coalition trains several models in a round. */
const kept = 4

function alike(a: PoisonedDescent, b: PoisonedDescent): boolean {
  return (
    a.poison.stamp === b.poison.stamp &&
    a.poison.label === b.poison.label &&
    a.alpha === b.alpha &&
    a.learningRate === b.learningRate &&
    a.momentum === b.momentum &&
    a.weightDecay === b.weightDecay &&
    a.batches.length === b.batches.length &&
    a.batches.every((batch, i) => equal(batch, b.batches[i] as Uint32Array)) &&
    equal(a.start, b.start) &&
    equal(a.weights, b.weights)
  )
}

function equal(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false
  return true
}
