import type { Arena } from './kernels/arena.ts'
import type { Kernels } from './kernels/kernels.ts'
import { type Shape, shortcutStride, sizeOf } from './shapes.ts'

/** One layer in the forward and backward pass of a network. */
export interface Step {
  /** Writes its tables, after `commit` of the arena. */
  prepare?(): void
  /** `unchanged`: the parameters are those of the previous pass. */
  forward(rows: number, unchanged: boolean): void
  /**
   * Computes the gradients of its inputs and parameters from the gradient of its outputs, which it may overwrite.
   * `accumulate` adds to the gradient of the parameters.
   */
  backward(rows: number, accumulate: boolean): void
}

/** Offsets in the arena: `slope` is the gradient of the outputs, `inputSlope` that of the inputs (0: not needed). */
export interface Flow {
  readonly inputs: number
  readonly outputs: number
  readonly slope: number
  readonly inputSlope: number
  readonly from: Shape
  readonly to: Shape
  /** Whether the layer includes the ReLU after it. */
  readonly relu: boolean
}

/** The offsets of a layer with parameters; their gradient is `gradientOffset` bytes further. */
export interface WeightedFlow extends Flow {
  readonly weights: number
  /** 0 for none. */
  readonly bias: number
}

/** The resources that all steps share. */
export interface Workshop {
  readonly arena: Arena
  readonly kernels: Kernels
  /** Maximum number of rows of a pass. */
  readonly capacity: number
  /** Offset of scratch memory for products as wide as the widest layer. */
  readonly scratch: number
  readonly gradientOffset: number
  /** Offset of a piece of the arena, shared by all calls with the same purpose and size. */
  piece(purpose: string, bytes: number): number
}

export function dense(flow: WeightedFlow, { arena, kernels, scratch, gradientOffset }: Workshop): Step {
  const { inputs, outputs, slope, inputSlope, weights, bias, relu } = flow
  const ins = sizeOf(flow.from)
  const outs = sizeOf(flow.to)
  const packed = arena.reserve(kernels.packedBytes(outs, ins))
  return {
    forward(rows, unchanged) {
      if (!unchanged) kernels.packWhole(outs, ins, weights, outs, packed)
      kernels.packedGemm(rows, outs, ins, inputs, ins, packed, outputs, outs, bias, relu, scratch)
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

export function groupNorm(groups: number, flow: WeightedFlow, workshop: Workshop): Step {
  const { arena, kernels, capacity, gradientOffset } = workshop
  const { inputs, outputs, slope, inputSlope, weights, bias, relu, from } = flow
  const positions = from[0] * from[1]
  const channels = from[2]
  const moments = arena.reserve(8 * capacity * groups)
  const sums = workshop.piece('norm', kernels.groupNormScratch(channels))
  return {
    forward(rows) {
      kernels.groupNorm(inputs, rows, positions, channels, groups, weights, bias, relu, outputs, moments, sums)
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
      kernels.groupNormSlope(
        slope,
        inputs,
        rows,
        positions,
        channels,
        groups,
        weights,
        moments,
        scales,
        shifts,
        d,
        sums,
      )
    },
  }
}

export function maxPool(size: number, flow: Flow, { arena, kernels, capacity }: Workshop): Step {
  const { inputs, outputs, slope, inputSlope, from, to } = flow
  const where = arena.reserve(4 * capacity * sizeOf(to))
  return {
    forward: (rows) => kernels.maxPool(inputs, rows, from[0], from[1], from[2], size, outputs, where),
    backward(rows) {
      if (inputSlope === 0) return
      kernels.maxPoolSlope(slope, where, rows * sizeOf(to), inputSlope, rows * sizeOf(from))
    },
  }
}

export function averagePool(size: number, flow: Flow, { kernels }: Workshop): Step {
  const { inputs, outputs, slope, inputSlope, from } = flow
  return {
    forward: (rows) => kernels.averagePool(inputs, rows, from[0], from[1], from[2], size, outputs),
    backward(rows) {
      if (inputSlope === 0) return
      kernels.averagePoolSlope(slope, rows, from[0], from[1], from[2], size, inputSlope)
    },
  }
}

export function globalAveragePool(flow: Flow, { kernels }: Workshop): Step {
  const { inputs, outputs, slope, inputSlope, from } = flow
  const positions = from[0] * from[1]
  return {
    forward: (rows) => kernels.globalAveragePool(inputs, rows, positions, from[2], outputs),
    backward(rows) {
      if (inputSlope === 0) return
      kernels.globalAveragePoolSlope(slope, rows, positions, from[2], inputSlope)
    },
  }
}

export function activation({ inputs, outputs, slope, inputSlope, to }: Flow, { kernels }: Workshop): Step {
  return {
    forward: (rows) => kernels.relu(inputs, outputs, rows * sizeOf(to)),
    backward(rows) {
      if (inputSlope === 0) return
      kernels.maskByOutput(slope, outputs, rows * sizeOf(to))
      kernels.copy(slope, inputSlope, rows * sizeOf(to))
    },
  }
}

/** The steps of a residual's inner layers, with the offsets of their outputs and of these outputs' gradient. */
interface Branch {
  readonly steps: readonly Step[]
  readonly outputs: number
  readonly slope: number
}

export function residual({ steps, ...branch }: Branch, flow: Flow, { kernels }: Workshop): Step {
  const { inputs, outputs, slope, inputSlope, from, to, relu } = flow
  const [height, width, channels] = from
  const wide = to[2]
  const stride = shortcutStride(from, to)
  return {
    prepare() {
      for (const step of steps) step.prepare?.()
    },
    forward(rows, unchanged) {
      for (const step of steps) step.forward(rows, unchanged)
      if (branch.outputs !== outputs) kernels.copy(branch.outputs, outputs, rows * sizeOf(to))
      kernels.addShortcut(inputs, rows, height, width, channels, stride, outputs, wide, relu)
    },
    backward(rows, accumulate) {
      if (relu) kernels.maskByOutput(slope, outputs, rows * sizeOf(to))
      if (branch.slope !== slope) kernels.copy(slope, branch.slope, rows * sizeOf(to))
      for (let i = steps.length - 1; i >= 0; i--) (steps[i] as Step).backward(rows, accumulate)
      if (inputSlope === 0) return
      kernels.addShortcutSlope(slope, rows, height, width, channels, stride, wide, inputSlope)
    },
  }
}
