import type { Dataset } from '../datasets/dataset.ts'
import type { Layer, Model } from '../models/model.ts'
import { type LayerView, layerViews } from '../models/parameters.ts'
import { chainShapes, outputShapes, type Shape, sizeOf } from './shapes.ts'
import { convolution } from './wasm-convolution.ts'
import {
  activation,
  averagePool,
  dense,
  type Flow,
  globalAveragePool,
  groupNorm,
  maxPool,
  residual,
  type Step,
  type WeightedFlow,
  type Workshop,
} from './wasm-layers.ts'

/** A model in an arena: the offsets of its vectors, and its two passes over the rows at `inputs`. */
export interface WasmNetwork {
  /** d floats each. */
  readonly parameters: number
  readonly gradient: number
  /** rows x pixels. */
  readonly inputs: number
  /** rows x classes; `backward` expects the gradient of the loss here. */
  readonly logits: number
  /** Writes the tables of the layers; call it once, after `commit` of the arena. */
  prepare(): void
  /** `unchanged`: the parameters are those of the last `forward`. */
  forward(rows: number, unchanged: boolean): void
  /** Computes the gradient for the rows of the last `forward`; `accumulate` adds it to the gradient that is there. */
  backward(rows: number, accumulate: boolean): void
}

/**
 * Rows of one pass: 128, halved until the outputs of all layers fit 64 MiB. Throws RangeError if the model does not fit
 * the data set.
 */
export function rowsOfPass(model: Model, dataset: Dataset): number {
  outputShapes(model, dataset)
  const bytes = 4 * flows(model.layers, dataset.train.shape).reduce((sum, shape) => sum + sizeOf(shape), 0)
  let rows = 128
  while (rows > 1 && rows * bytes > 2 ** 26) rows /= 2
  return rows
}

/** The output shapes of all layers, also those inside residuals. */
function flows(layers: readonly Layer[], start: Shape): Shape[] {
  const shapes = chainShapes(layers, start)
  const inside = layers.flatMap((layer, i) =>
    layer.kind === 'residual' ? flows(layer.layers, shapes[i - 1] ?? start) : [],
  )
  return [...shapes, ...inside]
}

/**
 * Lays out a model for passes of up to `capacity` rows. It merges a ReLU into the dense layer, convolution, norm or
 * residual before it. A convolution skips outputs that the next pool ignores. No layer computes a gradient that the
 * layer before it does not use. The gradients of layers share a few buffers, because each is needed only for the next
 * one.
 */
export function planNetwork(
  model: Model,
  dataset: Dataset,
  { arena, kernels, capacity }: Pick<Workshop, 'arena' | 'kernels' | 'capacity'>,
): WasmNetwork {
  const floats = (count: number) => arena.reserve(4 * count)
  const views = layerViews(model, new Float32Array(model.parameterCount))
  const parameters = floats(model.parameterCount)
  const gradient = floats(model.parameterCount)
  const inputs = floats(capacity * sizeOf(dataset.train.shape))
  const widest = Math.max(...views.map(({ fanIn, outputs }) => Math.max(fanIn, outputs)))
  const scratch = arena.reserve(kernels.gemmScratch(widest))
  const pieces = new Map<string, number>()
  const workshop: Workshop = {
    arena,
    kernels,
    capacity,
    scratch,
    gradientOffset: gradient - parameters,
    piece(purpose, bytes) {
      const key = `${purpose} ${bytes}`
      const at = pieces.get(key) ?? arena.reserve(bytes)
      pieces.set(key, at)
      return at
    },
  }
  const max = Math.max(...flows(model.layers, dataset.train.shape).map(sizeOf))
  const plan: Plan = {
    workshop,
    parameters,
    views: views.values(),
    slope: (depth, turn) => workshop.piece(`slope ${depth} ${turn % 2}`, 4 * capacity * max),
  }
  const logits = floats(capacity * model.classes)
  const { steps } = planChain(plan, model.layers, {
    from: dataset.train.shape,
    inputs,
    inputSlope: 0,
    depth: 0,
    outputs: logits,
    slope: logits,
  })
  return {
    parameters,
    gradient,
    inputs,
    logits,
    prepare() {
      for (const step of steps) step.prepare?.()
    },
    forward(rows, unchanged) {
      for (const step of steps) step.forward(rows, unchanged)
    },
    backward(rows, accumulate) {
      for (let i = steps.length - 1; i >= 0; i--) (steps[i] as Step).backward(rows, accumulate)
    },
  }
}

interface Plan {
  readonly workshop: Workshop
  readonly parameters: number
  /** The parameters of each layer; laying out a layer takes the next ones. */
  readonly views: IterableIterator<LayerView>
  /** Offset of a layer's gradient; consecutive layers alternate between two buffers. */
  slope(depth: number, turn: number): number
}

/** The start of a chain of layers, and optionally the offsets at its end. */
interface Start {
  readonly from: Shape
  readonly inputs: number
  readonly inputSlope: number
  /** Number of residuals around it. */
  readonly depth: number
  readonly outputs?: number
  readonly slope?: number
}

/** Lays out layers one after the other. The gradient of the last outputs is expected at the returned `slope`. */
function planChain(plan: Plan, layers: readonly Layer[], start: Start) {
  const { workshop } = plan
  const shapes = chainShapes(layers, start.from)
  const lastComputing = layers.findLastIndex((layer) => layer.kind !== 'flatten')
  const steps: Step[] = []
  let { from, inputs, inputSlope } = start
  for (let i = 0; i < layers.length; i++) {
    const layer = layers[i] as Layer
    let to = shapes[i] as Shape
    if (layer.kind === 'flatten') {
      from = to
      continue
    }
    const relu = absorbsRelu(layer) && layers[i + 1]?.kind === 'relu'
    if (relu) i++
    const after = layers[i + 1]
    if (layer.kind === 'convolution' && (after?.kind === 'max-pool' || after?.kind === 'average-pool')) {
      to = [to[0] - (to[0] % after.size), to[1] - (to[1] % after.size), to[2]]
    }
    const end: Pick<Start, 'outputs' | 'slope'> = i === lastComputing ? start : {}
    const outputs = end.outputs ?? workshop.arena.reserve(4 * workshop.capacity * sizeOf(to))
    const slope = end.slope ?? plan.slope(start.depth, steps.length)
    const flow = { inputs, inputSlope, outputs, slope, from, to, relu }
    steps.push(layer.kind === 'residual' ? planResidual(plan, layer, flow, start.depth) : planLayer(plan, layer, flow))
    inputs = outputs
    inputSlope = slope
    from = to
  }
  return { steps, outputs: inputs, slope: inputSlope }
}

/** The branch shares the buffers of the sum and of its gradient, unless it ends in a ReLU, which needs its own. */
function planResidual(plan: Plan, { layers }: Residual, flow: Flow, depth: number): Step {
  const { from, inputs, inputSlope, outputs, slope } = flow
  const own = layers.at(-1)?.kind === 'relu'
  const start = { from, inputs, inputSlope, depth: depth + 1 }
  return residual(planChain(plan, layers, own ? start : { ...start, outputs, slope }), flow, plan.workshop)
}

type Residual = Extract<Layer, { readonly kind: 'residual' }>
type Weighted = Extract<Layer, { readonly kind: 'dense' | 'convolution' | 'group-norm' }>

const isWeighted = (layer: Layer): layer is Weighted =>
  layer.kind === 'dense' || layer.kind === 'convolution' || layer.kind === 'group-norm'
const absorbsRelu = (layer: Layer): boolean => isWeighted(layer) || layer.kind === 'residual'

function planLayer(
  { workshop, parameters, views }: Plan,
  layer: Exclude<Layer, { kind: 'flatten' | 'residual' }>,
  flow: Flow,
): Step {
  switch (layer.kind) {
    case 'dense':
      return dense(weighted(), workshop)
    case 'convolution':
      return convolution(layer, weighted(), workshop)
    case 'group-norm':
      return groupNorm(layer.groups, weighted(), workshop)
    case 'max-pool':
      return maxPool(layer.size, flow, workshop)
    case 'average-pool':
      return averagePool(layer.size, flow, workshop)
    case 'global-average-pool':
      return globalAveragePool(flow, workshop)
    case 'relu':
      return activation(flow, workshop)
  }

  function weighted(): WeightedFlow {
    const { weights, bias } = views.next().value as LayerView
    return {
      ...flow,
      weights: parameters + weights.byteOffset,
      bias: bias.length > 0 ? parameters + bias.byteOffset : 0,
    }
  }
}
