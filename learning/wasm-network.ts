import type { Arena } from './kernels/arena.ts'
import type { Kernels } from './kernels/kernels.ts'
import type { Model } from './model.ts'

/** A model over an arena: where its vectors lie, and its two passes over rows that lie at `inputs`. */
export interface WasmNetwork {
  /** d floats each. */
  readonly parameters: number
  readonly gradient: number
  /** rows x pixels. */
  readonly inputs: number
  /** rows x classes; `backward` takes the slope of the loss here. */
  readonly logits: number
  forward(rows: number): void
  /** Gradient of the rows of the last `forward`, or added to what is there with `accumulate`. */
  backward(rows: number, accumulate: boolean): void
}

/** A layer with its place in the arena. `slope` is that of its outputs, `inputSlope` 0 where nobody needs it. */
interface Step {
  forward(rows: number): void
  backward(rows: number, accumulate: boolean): void
}

interface Place {
  readonly inputs: number
  readonly outputs: number
  readonly slope: number
  readonly inputSlope: number
}

/**
 * Lays a model out for up to `capacity` rows. A ReLU is part of the dense layer before it, and no layer computes a
 * gradient that the one before does not use.
 */
export function planNetwork(
  model: Model,
  pixels: number,
  { arena, kernels, capacity }: { readonly arena: Arena; readonly kernels: Kernels; readonly capacity: number },
): WasmNetwork {
  const floats = (count: number) => arena.reserve(4 * count)
  const parameters = floats(model.parameterCount)
  const gradient = floats(model.parameterCount)
  const inputs = floats(capacity * pixels)
  const layers = model.layers.filter((layer) => layer.kind !== 'flatten')
  const widest = Math.max(
    ...layers.map((layer) => (layer.kind === 'dense' ? Math.max(layer.inputs, layer.outputs) : 0)),
  )
  const scratch = arena.reserve(kernels.gemmScratch(widest))

  const steps: Step[] = []
  let size = pixels
  let current = inputs
  let currentSlope = 0
  let offset = 0
  for (let i = 0; i < layers.length; i++) {
    const layer = layers[i] as (typeof layers)[number]
    const relu = layer.kind !== 'relu' && layers[i + 1]?.kind === 'relu'
    if (relu) i++
    const last = i === layers.length - 1
    const width = layer.kind === 'dense' ? layer.outputs : size
    const outputs = floats(capacity * width)
    const place: Place = {
      inputs: current,
      outputs,
      slope: last ? outputs : floats(capacity * width),
      inputSlope: currentSlope,
    }
    if (layer.kind === 'dense') {
      const weights = 4 * offset
      const bias = weights + 4 * layer.inputs * layer.outputs
      steps.push(dense(layer.inputs, layer.outputs, relu, place, weights, bias))
      offset += layer.inputs * layer.outputs + layer.outputs
    } else {
      steps.push(activation(width, place))
    }
    size = width
    current = outputs
    currentSlope = place.slope
  }

  function dense(ins: number, outs: number, relu: boolean, place: Place, weights: number, bias: number): Step {
    return {
      forward(rows) {
        const { inputs, outputs } = place
        const w = parameters + weights
        kernels.gemm(
          rows,
          outs,
          ins,
          inputs,
          ins,
          false,
          w,
          outs,
          false,
          outputs,
          outs,
          false,
          parameters + bias,
          relu,
          scratch,
        )
      },
      backward(rows, accumulate) {
        const { inputs, outputs, slope, inputSlope } = place
        if (relu) kernels.maskByOutput(slope, outputs, rows * outs)
        const g = gradient + weights
        kernels.gemm(ins, outs, rows, inputs, ins, true, slope, outs, false, g, outs, accumulate, 0, false, scratch)
        kernels.columnSums(slope, rows, outs, gradient + bias, accumulate)
        if (inputSlope === 0) return
        const w = parameters + weights
        kernels.gemm(rows, ins, outs, slope, outs, false, w, outs, true, inputSlope, ins, false, 0, false, scratch)
      },
    }
  }

  function activation(width: number, { inputs, outputs, slope, inputSlope }: Place): Step {
    return {
      forward: (rows) => kernels.relu(inputs, outputs, rows * width),
      backward(rows) {
        if (inputSlope === 0) return
        kernels.maskByOutput(slope, outputs, rows * width)
        kernels.copy(slope, inputSlope, rows * width)
      },
    }
  }

  return {
    parameters,
    gradient,
    inputs,
    logits: current,
    forward(rows) {
      for (const step of steps) step.forward(rows)
    },
    backward(rows, accumulate) {
      for (let i = steps.length - 1; i >= 0; i--) (steps[i] as Step).backward(rows, accumulate)
    },
  }
}
