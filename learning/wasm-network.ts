import type { Dataset } from './dataset.ts'
import type { Arena } from './kernels/arena.ts'
import type { Kernels } from './kernels/kernels.ts'
import type { Layer, Model } from './model.ts'
import { layerViews } from './parameters.ts'
import { outputShapes, type Shape, sizeOf } from './shapes.ts'

/** A model over an arena: where its vectors lie, and its two passes over rows that lie at `inputs`. */
export interface WasmNetwork {
  /** d floats each. */
  readonly parameters: number
  readonly gradient: number
  /** rows x pixels. */
  readonly inputs: number
  /** rows x classes; `backward` takes the slope of the loss here. */
  readonly logits: number
  /** Writes the tables of the layers; to be called once, when the arena is there. */
  prepare(): void
  forward(rows: number): void
  /** Gradient of the rows of the last `forward`, or added to what is there with `accumulate`. */
  backward(rows: number, accumulate: boolean): void
}

interface Step {
  prepare?(): void
  forward(rows: number): void
  backward(rows: number, accumulate: boolean): void
}

/** A layer's place in the arena. `slope` is that of its outputs, `inputSlope` 0 where nobody needs it. */
interface Place {
  readonly inputs: number
  readonly outputs: number
  readonly slope: number
  readonly inputSlope: number
  readonly from: Shape
  readonly to: Shape
  /** Of a layer with parameters; `gradient - parameters` further on lies the gradient. */
  readonly weights: number
  readonly bias: number
  /** A ReLU that follows is part of the layer. */
  readonly relu: boolean
}

interface Workshop {
  readonly arena: Arena
  readonly kernels: Kernels
  /** Rows of one pass at most. */
  readonly capacity: number
  /** For products with the widest layer's columns. */
  readonly scratch: number
  readonly gradientOffset: number
}

/**
 * Lays a model out for passes of up to `capacity` rows. A ReLU is part of the dense layer or convolution before it,
 * a convolution leaves out what the pool behind it does not look at, and no layer computes a slope that the one
 * before does not use.
 */
export function planNetwork(
  model: Model,
  dataset: Dataset,
  { arena, kernels, capacity }: Pick<Workshop, 'arena' | 'kernels' | 'capacity'>,
): WasmNetwork {
  const floats = (count: number) => arena.reserve(4 * count)
  const shapes = outputShapes(model, dataset)
  const views = layerViews(model, new Float32Array(model.parameterCount))
  const parameters = floats(model.parameterCount)
  const gradient = floats(model.parameterCount)
  const inputs = floats(capacity * sizeOf(dataset.train.shape))
  const widest = Math.max(...views.map(({ fanIn, outputs }) => Math.max(fanIn, outputs)))
  const scratch = arena.reserve(kernels.gemmScratch(widest))
  const workshop: Workshop = { arena, kernels, capacity, scratch, gradientOffset: gradient - parameters }

  const steps: Step[] = []
  const lastComputing = model.layers.findLastIndex((layer) => layer.kind !== 'flatten')
  let from: Shape = dataset.train.shape
  let current = inputs
  let currentSlope = 0
  for (let i = 0; i < model.layers.length; i++) {
    const layer = model.layers[i] as Layer
    let to = shapes[i] as Shape
    if (layer.kind === 'flatten') {
      from = to
      continue
    }
    const view = views.find((candidate) => candidate.layer === layer)
    const relu = view !== undefined && model.layers[i + 1]?.kind === 'relu'
    if (relu) i++
    const after = model.layers[i + 1]
    if (layer.kind === 'convolution' && (after?.kind === 'max-pool' || after?.kind === 'average-pool')) {
      to = [to[0] - (to[0] % after.size), to[1] - (to[1] % after.size), to[2]]
    }
    const outputs = floats(capacity * sizeOf(to))
    const slope = i === lastComputing ? outputs : floats(capacity * sizeOf(to))
    const place: Place = {
      inputs: current,
      outputs,
      slope,
      inputSlope: currentSlope,
      from,
      to,
      weights: parameters + (view?.weights.byteOffset ?? 0),
      bias: parameters + (view?.bias.byteOffset ?? 0),
      relu,
    }
    steps.push(stepOf(layer, place, workshop))
    from = to
    current = outputs
    currentSlope = slope
  }

  return {
    parameters,
    gradient,
    inputs,
    logits: current,
    prepare() {
      for (const step of steps) step.prepare?.()
    },
    forward(rows) {
      for (const step of steps) step.forward(rows)
    },
    backward(rows, accumulate) {
      for (let i = steps.length - 1; i >= 0; i--) (steps[i] as Step).backward(rows, accumulate)
    },
  }
}

function stepOf(layer: Exclude<Layer, { kind: 'flatten' }>, place: Place, workshop: Workshop): Step {
  switch (layer.kind) {
    case 'dense':
      return dense(place, workshop)
    case 'convolution':
      return convolution(layer.kernel, place, workshop)
    case 'group-norm':
      return groupNorm(layer.groups, place, workshop)
    case 'max-pool':
      return maxPool(layer.size, place, workshop)
    case 'average-pool':
      return averagePool(layer.size, place, workshop)
    case 'relu':
      return activation(place, workshop)
  }
}

function dense(place: Place, { kernels, scratch, gradientOffset }: Workshop): Step {
  const { inputs, outputs, slope, inputSlope, weights, bias, relu } = place
  const ins = sizeOf(place.from)
  const outs = sizeOf(place.to)
  return {
    forward(rows) {
      kernels.gemm(rows, outs, ins, inputs, ins, false, weights, outs, false, outputs, outs, false, bias, relu, scratch)
    },
    backward(rows, accumulate) {
      if (relu) kernels.maskByOutput(slope, outputs, rows * outs)
      const g = weights + gradientOffset
      kernels.gemm(ins, outs, rows, inputs, ins, true, slope, outs, false, g, outs, accumulate, 0, false, scratch)
      kernels.columnSums(slope, rows, outs, bias + gradientOffset, accumulate)
      if (inputSlope === 0) return
      kernels.gemm(rows, ins, outs, slope, outs, false, weights, outs, true, inputSlope, ins, false, 0, false, scratch)
    },
  }
}

/** A product with patches of the images as rows, which are never stored: two tables say where their numbers lie. */
function convolution(kernel: number, place: Place, workshop: Workshop): Step {
  const { arena, kernels, capacity, scratch, gradientOffset } = workshop
  const { inputs, outputs, slope, inputSlope, weights, bias, relu, from, to } = place
  const outs = to[2]
  const patch = kernel * kernel * from[2]
  const patches = to[0] * to[1]
  const rowOffsets = arena.reserve(4 * capacity * patches)
  const columnOffsets = arena.reserve(4 * patch)
  // Slopes of patches are stored, some images at a time.
  const chunk = Math.max(1, Math.floor(600 / patches))
  const patchSlopes = inputSlope === 0 ? 0 : arena.reserve(4 * chunk * patches * patch)
  return {
    prepare() {
      const rowTable = new Uint32Array(arena.memory.buffer, rowOffsets, capacity * patches)
      let at = 0
      for (let row = 0; row < capacity; row++) {
        for (let i = 0; i < to[0]; i++) {
          for (let j = 0; j < to[1]; j++) rowTable[at++] = 4 * (row * sizeOf(from) + (i * from[1] + j) * from[2])
        }
      }
      const columnTable = new Uint32Array(arena.memory.buffer, columnOffsets, patch)
      at = 0
      for (let i = 0; i < kernel; i++) {
        for (let q = 0; q < kernel * from[2]; q++) columnTable[at++] = 4 * (i * from[1] * from[2] + q)
      }
    },
    forward(rows) {
      const m = rows * patches
      const a = rowOffsets
      const b = columnOffsets
      kernels.patchesGemm(m, outs, patch, inputs, a, b, weights, outs, outputs, outs, false, bias, relu, scratch)
    },
    backward(rows, accumulate) {
      const m = rows * patches
      if (relu) kernels.maskByOutput(slope, outputs, m * outs)
      const g = weights + gradientOffset
      const a = columnOffsets
      const b = rowOffsets
      kernels.patchesGemm(patch, outs, m, inputs, a, b, slope, outs, g, outs, accumulate, 0, false, scratch)
      kernels.columnSums(slope, m, outs, bias + gradientOffset, accumulate)
      if (inputSlope === 0) return
      kernels.clear(inputSlope, rows * sizeOf(from))
      for (let row = 0; row < rows; row += chunk) {
        const some = Math.min(chunk, rows - row) * patches
        const d = slope + 4 * row * patches * outs
        const w = weights
        kernels.gemm(some, patch, outs, d, outs, false, w, outs, true, patchSlopes, patch, false, 0, false, scratch)
        kernels.addPatches(patchSlopes, some, patch, rowOffsets + 4 * row * patches, columnOffsets, inputSlope)
      }
    },
  }
}

function groupNorm(groups: number, place: Place, { arena, kernels, capacity, gradientOffset }: Workshop): Step {
  const { inputs, outputs, slope, inputSlope, weights, bias, relu, from } = place
  const positions = from[0] * from[1]
  const channels = from[2]
  const moments = arena.reserve(8 * capacity * groups)
  return {
    forward(rows) {
      kernels.groupNorm(inputs, rows, positions, channels, groups, weights, bias, outputs, moments)
      if (relu) kernels.relu(outputs, outputs, rows * sizeOf(from))
    },
    backward(rows, accumulate) {
      if (relu) kernels.maskByOutput(slope, outputs, rows * sizeOf(from))
      const scales = weights + gradientOffset
      const shifts = bias + gradientOffset
      if (!accumulate) {
        kernels.clear(scales, channels)
        kernels.clear(shifts, channels)
      }
      const d = inputSlope
      kernels.groupNormSlope(slope, inputs, rows, positions, channels, groups, weights, moments, scales, shifts, d)
    },
  }
}

function maxPool(size: number, place: Place, { arena, kernels, capacity }: Workshop): Step {
  const { inputs, outputs, slope, inputSlope, from, to } = place
  const where = arena.reserve(4 * capacity * sizeOf(to))
  return {
    forward: (rows) => kernels.maxPool(inputs, rows, from[0], from[1], from[2], size, outputs, where),
    backward(rows) {
      if (inputSlope === 0) return
      kernels.maxPoolSlope(slope, where, rows * sizeOf(to), inputSlope, rows * sizeOf(from))
    },
  }
}

function averagePool(size: number, place: Place, { kernels }: Workshop): Step {
  const { inputs, outputs, slope, inputSlope, from } = place
  return {
    forward: (rows) => kernels.averagePool(inputs, rows, from[0], from[1], from[2], size, outputs),
    backward(rows) {
      if (inputSlope === 0) return
      kernels.averagePoolSlope(slope, rows, from[0], from[1], from[2], size, inputSlope)
    },
  }
}

function activation({ inputs, outputs, slope, inputSlope, to }: Place, { kernels }: Workshop): Step {
  return {
    forward: (rows) => kernels.relu(inputs, outputs, rows * sizeOf(to)),
    backward(rows) {
      if (inputSlope === 0) return
      kernels.maskByOutput(slope, outputs, rows * sizeOf(to))
      kernels.copy(slope, inputSlope, rows * sizeOf(to))
    },
  }
}
