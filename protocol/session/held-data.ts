import type { Dataset, LabelledImages } from '#learning/datasets/dataset.ts'
import { flippedLabel } from '#learning/training/examples.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { Compute } from '../compute/compute-client.ts'
import type { Experiment } from '../experiment/schema.ts'
import { evaluatedOn, pick, shardsOf } from '../plan/shards.ts'
import type { HeldExamples } from '../wire/examples.ts'

/**
 * The data of one peer. Indices of examples always refer to the whole training set, as in a simulation, so that all
 * random draws are the same. `resident` is the part in the engine.
 */
export interface PeerData {
  readonly resident: Dataset
  /** By index in the training set; 0 for an example that the peer does not hold. */
  readonly labels: Uint8Array
  /** Indices of each peer's examples; undefined for a peer whose shard this one did not receive. */
  readonly shards: readonly (Uint32Array | undefined)[]
  /** Index of each example in the resident training set; left out if that is the whole training set. */
  readonly places?: ReadonlyMap<number, number>
}

/** The data of a peer with the whole data set. */
export function wholeData(experiment: Experiment, dataset: Dataset, n: number): PeerData {
  const { labels } = dataset.train
  return { resident: evaluatedOn(experiment, dataset), labels, shards: shardsOf(experiment, labels, n) }
}

/** The data of a peer that received its examples from the host. Throws RangeError if an example came twice. */
export function heldData(held: HeldExamples, test: LabelledImages): PeerData {
  const { name, classes, normalisation, shape, count } = held
  const labels = new Uint8Array(count)
  const places = new Map<number, number>()
  for (const indices of [...held.shards.map((shard) => shard.indices), held.extra]) {
    for (const index of indices) {
      labels[index] = held.labels[places.size] as number
      places.set(index, places.size)
    }
  }
  if (places.size !== held.labels.length) throw new RangeError('the host sent an example twice')
  const shards: (Uint32Array | undefined)[] = []
  for (const { peer, indices } of held.shards) shards[peer] = indices
  const train = { count: held.labels.length, shape, labels: held.labels, images: held.images }
  return { resident: { name, classes, normalisation, train, test }, labels, shards, places }
}

/** Concatenates examples of one shape. Throws RangeError without any part. */
export function joinExamples(parts: readonly LabelledImages[]): LabelledImages {
  const [first] = parts
  if (!first) throw new RangeError('joining examples needs at least one part, got none')
  const count = parts.reduce((sum, part) => sum + part.count, 0)
  const labels = new Uint8Array(count)
  const images = new Uint8Array(parts.reduce((sum, part) => sum + part.images.length, 0))
  let [row, byte] = [0, 0]
  for (const part of parts) {
    labels.set(part.labels, row)
    images.set(part.images, byte)
    row += part.count
    byte += part.images.length
  }
  return { count, shape: first.shape, labels, images }
}

/** The examples to send to a peer: the shards of `peers`, and those of `extra` that are not in them. */
export function examplesFor(
  { name, classes, normalisation, train }: Dataset,
  shards: readonly Uint32Array[],
  peers: readonly PeerIndex[],
  extra: readonly number[],
): HeldExamples {
  const sent = peers.map((peer) => ({ peer, indices: shards[peer] ?? new Uint32Array() }))
  const own = new Set(sent.flatMap(({ indices }) => [...indices]))
  const beside = Uint32Array.from(new Set(extra.filter((index) => !own.has(index))))
  return {
    name,
    classes,
    normalisation,
    shape: train.shape,
    count: train.count,
    shards: sent,
    extra: beside,
    ...pick(train, Uint32Array.from([...own, ...beside])),
  }
}

/** Wraps a compute with a part of the training set: translates the indices of batches and probes to that part. */
export function onHeldData(compute: Compute, places: ReadonlyMap<number, number> | undefined): Compute {
  if (!places) return compute
  const placeOf = (index: number): number => {
    const place = places.get(index)
    if (place === undefined) throw new RangeError(`this peer was not sent training example ${index}`)
    return place
  }
  // An index of a poisoned twin has the offset `flippedLabel`; the translated index keeps it.
  const translated = (batch: Uint32Array): Uint32Array =>
    batch.map((asked) => (asked >= flippedLabel ? placeOf(asked - flippedLabel) + flippedLabel : placeOf(asked)))
  return {
    ...compute,
    descend: async (parameters, momentum, batches, ...rest) =>
      compute.descend(parameters, momentum, batches.map(translated), ...rest),
    gradient: async (parameters, batch, ...rest) => compute.gradient(parameters, translated(batch), ...rest),
    evaluate: async (parameters, batch) => compute.evaluate(parameters, batch && translated(batch)),
    probe: async (parameters, probe) =>
      compute.probe(parameters, probe.name === 'sample' ? { ...probe, image: placeOf(probe.image) } : probe),
    poison: async (descent) => compute.poison({ ...descent, batches: descent.batches.map(translated) }),
  }
}
