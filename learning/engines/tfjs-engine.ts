import type { Dataset } from '../datasets/dataset.ts'
import type { Model } from '../models/model.ts'
import { layerViews } from '../models/parameters.ts'
import { type Score, scoreLogits } from '../training/classification.ts'
import { applyDescent } from '../training/descent.ts'
import { createGather, oneHot } from '../training/examples.ts'
import type { Poison } from '../training/poison.ts'
import { probedExamples } from '../training/probe.ts'
import type { EngineReport, Workspace } from './engine.ts'
import { outputShapes } from './shapes.ts'
import type { Tensor, TensorLibrary } from './tensor-library.ts'
import { forward, upload } from './tfjs-network.ts'

/** Rows of one forward pass in an evaluation. */
const evaluationRows = 256

/** TensorFlow.js on a chosen backend, from a shell. */
export interface TensorEngine {
  readonly tf: TensorLibrary
  readonly report: EngineReport
  /** Passes a result through. Rejects it, even while pending, once the device is lost or has reported an error. */
  guard<T>(work: Promise<T>): Promise<T>
}

/**
 * A workspace on TensorFlow.js. Forward and backward pass are explicit matrix products, which are four times as fast on
 * the wasm backend as tfjs's own gradients. Transposes are explicit too: products with a transposed argument are slow
 * there. This code gathers batches from the uint8 images and takes the step itself (`applyDescent`), so only gradients
 * depend on the backend.
 *
 * Reads are always asynchronous (`dataSync` loses a WebGPU device). There is no int32 tensor (tfjs#8638). On a graphics
 * device, short batches are padded with rows of weight 0, because compiling a new shape takes a second. Every tensor is
 * disposed when a call ends. O(rows x parameters) time for each batch.
 */
export async function createTfjsWorkspace(
  { tf, report, guard }: TensorEngine,
  { model, dataset }: { readonly model: Model; readonly dataset: Dataset },
): Promise<Workspace> {
  const backend = report.engine.replace('tfjs-', '')
  if (tf.getBackend() !== backend) throw new Error(`TensorFlow.js runs on ${tf.getBackend()}, not on ${backend}`)
  const [height, width, channels] = dataset.train.shape
  const pixels = height * width * channels
  outputShapes(model, dataset)
  const gatherTrain = createGather(dataset, dataset.train)
  const gatherTest = createGather(dataset, dataset.test)
  const compiles = backend === 'webgpu' || backend === 'webgl'
  const rowsOfStep = compiles ? createMaximum() : (count: number) => count
  const rowsOfEvaluation = compiles ? createMaximum() : (count: number) => count
  const everyTest = Uint32Array.from({ length: dataset.test.count }, (_, i) => i)

  /** Writes the mean gradient to `gradient` (d); resolves to the mean loss. */
  async function backward(
    parameters: Float32Array,
    batch: Uint32Array,
    gradient: Float32Array,
    poison?: Poison,
    views?: Uint32Array,
  ): Promise<number> {
    const count = batch.length
    if (count === 0) throw new RangeError('a batch needs at least one example')
    const rows = rowsOfStep(count)
    const examples = gatherTrain(batch, rows, poison, views)
    const [logits, ...parts] = tf.tidy(() => {
      const weights = upload(tf, model, parameters)
      const inputs = tf.tensor2d(examples.pixels, [rows, pixels])
      const { output: logits, backward } = forward(tf, model, weights, inputs, dataset.train.shape)
      const wanted = tf.tensor2d(oneHot(examples.labels, model.classes, rows), [rows, model.classes])
      const shares = Float32Array.from({ length: rows }, (_, row) => (row < count ? 1 / count : 0))
      const slope = tf.mul(tf.sub(tf.softmax(logits), wanted), tf.tensor2d(shares, [rows, 1]))
      return [logits, ...backward(slope)]
    })
    const [scores, ...values] = await read([logits as Tensor, ...parts])
    const targets = layerViews(model, gradient).flatMap(({ weights, bias }) => [
      weights,
      ...(bias.length > 0 ? [bias] : []),
    ])
    targets.forEach((target, i) => {
      target.set(values[i] as Float32Array)
    })
    return scoreLogits(scores as Float32Array, examples.labels, model.classes).loss / count
  }

  async function read(tensors: readonly Tensor[]): Promise<Float32Array[]> {
    try {
      return (await guard(Promise.all(tensors.map((tensor) => tensor.data())))) as Float32Array[]
    } finally {
      for (const tensor of tensors) tensor.dispose()
    }
  }

  async function score(
    parameters: Float32Array,
    gather: typeof gatherTest,
    indices: Uint32Array,
    poison?: Poison,
  ): Promise<Score> {
    const rows = rowsOfEvaluation(Math.min(evaluationRows, indices.length))
    const weights = upload(tf, model, parameters)
    try {
      let loss = 0
      let correct = 0
      for (let start = 0; start < indices.length; start += rows) {
        const examples = gather(indices.subarray(start, start + rows), rows, poison)
        const logits = tf.tidy(() => {
          const inputs = tf.tensor2d(examples.pixels, [rows, pixels])
          return [forward(tf, model, weights, inputs, dataset.train.shape).output]
        })
        const [values] = await read(logits)
        const part = scoreLogits(values as Float32Array, examples.labels, model.classes)
        loss += part.loss
        correct += part.correct
      }
      return { loss, correct }
    } finally {
      for (const { weight, bias } of weights) {
        weight.dispose()
        bias?.dispose()
      }
    }
  }

  const serially = createQueue()
  return {
    report,
    descend: (parameters, momentum, batches, descent, views) =>
      serially(async () => {
        const x = parameters.slice()
        const m = momentum.slice()
        const gradient = new Float32Array(model.parameterCount)
        let loss = 0
        for (const [i, batch] of batches.entries()) {
          loss += await backward(x, batch, gradient, undefined, views && (views[i] ?? new Uint32Array()))
          applyDescent(x, m, gradient, descent)
        }
        return { parameters: x, momentum: m, loss: loss / Math.max(1, batches.length) }
      }),
    gradient: (parameters, batch, views, poison) =>
      serially(async () => {
        const gradient = new Float32Array(model.parameterCount)
        const loss = await backward(parameters, batch, gradient, poison, views)
        return { gradient, loss }
      }),
    evaluate: (parameters, batch) =>
      serially(async () => {
        const indices = batch ?? everyTest
        if (indices.length === 0) throw new RangeError('an evaluation needs at least one example')
        const { loss, correct } = await score(parameters, batch ? gatherTrain : gatherTest, indices)
        return { loss: loss / indices.length, accuracy: correct / indices.length }
      }),
    probe: (parameters, probe) =>
      serially(async () => {
        const { part, indices, poison } = probedExamples(dataset, probe)
        if (indices.length === 0) throw new RangeError(`${dataset.name} has no image to probe`)
        const { correct } = await score(parameters, part === 'test' ? gatherTest : gatherTrain, indices, poison)
        return correct / indices.length
      }),
    close: () => serially(async () => {}),
  }
}

/** Runs pieces of work one after the other, in the order of the calls; a failure does not stop the next. */
function createQueue() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work)
    last = next
    return next
  }
}

/** Returns the largest number so far. */
function createMaximum() {
  let maximum = 0
  return (count: number): number => {
    maximum = Math.max(maximum, count)
    return maximum
  }
}
