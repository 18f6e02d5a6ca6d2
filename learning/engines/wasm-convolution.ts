import type { Layer } from '../models/model.ts'
import { type Shape, sizeOf } from './shapes.ts'
import type { Step, WeightedFlow, Workshop } from './wasm-layers.ts'

type Convolution = Extract<Layer, { readonly kind: 'convolution' }>

/** Maximum number of floats of padded images at a time: half a megabyte, which fits the level-2 cache. */
const bordered = 2 ** 17

/**
 * A convolution as a matrix product, with patches of the images as rows. The patches are not stored: two tables give
 * the offsets of their numbers. With padding, some images at a time are copied into a border of zeros.
 *
 * The gradient of the inputs is the sum of the gradients of the patches. If the convolution keeps the sides of its
 * images, it is computed as a product: the patches of the output gradient times the weights, turned by half a turn.
 */
export function convolution(layer: Convolution, flow: WeightedFlow, workshop: Workshop): Step {
  const { kernel, stride = 1, padding = 0 } = layer
  const { arena, kernels, capacity, scratch, gradientOffset } = workshop
  const { slope, outputs, weights, bias, relu, from, to, inputSlope } = flow
  const outs = to[2]
  const patch = kernel * kernel * from[2]
  const patches = to[0] * to[1]
  const seen: Shape = [from[0] + 2 * padding, from[1] + 2 * padding, from[2]]
  const chunk = padding === 0 ? capacity : Math.min(capacity, Math.max(1, Math.floor(bordered / sizeOf(seen))))
  const border = padding === 0 ? 0 : workshop.piece('border', 4 * chunk * sizeOf(seen))
  const tables = patchTables(seen, to, { kernel, stride, rows: chunk }, workshop)
  const back = inputSlope === 0 ? undefined : backToInputs()

  /** Offset of the images `row` to `row + some`, with their border. */
  function imagesAt(row: number, some: number): number {
    const images = flow.inputs + 4 * row * sizeOf(from)
    if (padding === 0) return images
    kernels.pad(images, some, from[0], from[1], from[2], padding, border)
    return border
  }

  function backToInputs(): Step {
    const sameSides = stride === 1 && padding > 0 && to[0] === from[0] && to[1] === from[1]
    return sameSides ? gatherSlopes() : addSlopes()
  }

  function gatherSlopes(): Step {
    const margin = kernel - 1 - padding
    const around: Shape = [to[0] + 2 * margin, to[1] + 2 * margin, outs]
    const some = Math.min(capacity, Math.max(1, Math.floor(bordered / sizeOf(around))))
    const slopes = workshop.piece('border', 4 * some * sizeOf(around))
    const turned = workshop.piece('turned', 4 * patch * outs)
    const { rows: a, columns: b, prepare } = patchTables(around, from, { kernel, stride: 1, rows: some }, workshop)
    const depth = kernel * kernel * outs
    const n = from[2]
    return {
      prepare,
      forward() {},
      backward(rows) {
        kernels.turnWeights(weights, kernel, n, outs, turned)
        for (let row = 0; row < rows; row += some) {
          const count = Math.min(some, rows - row)
          kernels.pad(slope + 4 * row * sizeOf(to), count, to[0], to[1], outs, margin, slopes)
          const m = count * from[0] * from[1]
          const c = inputSlope + 4 * row * sizeOf(from)
          kernels.patchesGemm(m, n, depth, slopes, a, b, turned, n, c, n, false, 0, false, scratch)
        }
      },
    }
  }

  function addSlopes(): Step {
    // Stores the gradients of patches, for some images at a time.
    const some = Math.min(chunk, Math.max(1, Math.floor(600 / patches)))
    const patchSlopes = workshop.piece('patches', 4 * some * patches * patch)
    return {
      forward() {},
      backward(rows) {
        if (padding === 0) kernels.clear(inputSlope, rows * sizeOf(from))
        for (let row = 0; row < rows; row += some) {
          const count = Math.min(some, rows - row)
          const m = count * patches
          const d = slope + 4 * row * patches * outs
          const w = weights
          kernels.gemm(m, patch, outs, d, outs, false, w, outs, true, patchSlopes, patch, false, 0, false, scratch)
          const target = inputSlope + 4 * row * sizeOf(from)
          if (padding > 0) kernels.clear(border, count * sizeOf(seen))
          kernels.addPatches(patchSlopes, m, patch, tables.rows, tables.columns, padding > 0 ? border : target)
          if (padding > 0) kernels.crop(border, count, from[0], from[1], from[2], padding, target)
        }
      },
    }
  }

  return {
    prepare() {
      tables.prepare()
      back?.prepare?.()
    },
    forward(rows) {
      for (let row = 0; row < rows; row += chunk) {
        const some = Math.min(chunk, rows - row)
        const c = outputs + 4 * row * patches * outs
        const images = imagesAt(row, some)
        const { rows: a, columns: b } = tables
        const m = some * patches
        kernels.patchesGemm(m, outs, patch, images, a, b, weights, outs, c, outs, false, bias, relu, scratch)
      }
    },
    backward(rows, accumulate) {
      if (relu) kernels.maskByOutput(slope, outputs, rows * patches * outs)
      const g = weights + gradientOffset
      for (let row = 0; row < rows; row += chunk) {
        const some = Math.min(chunk, rows - row)
        const d = slope + 4 * row * patches * outs
        const images = imagesAt(row, some)
        const { rows: b, columns: a } = tables
        const add = accumulate || row > 0
        kernels.patchesGemm(patch, outs, some * patches, images, a, b, d, outs, g, outs, add, 0, false, scratch)
      }
      if (bias !== 0) kernels.columnSums(slope, rows * patches, outs, bias + gradientOffset, accumulate)
      back?.backward(rows, accumulate)
    },
  }

  /** Tables of byte offsets: of each patch in `rows` images of this shape, and of each number in a patch. */
  function patchTables(
    images: Shape,
    [height, width]: Shape,
    grid: { readonly kernel: number; readonly stride: number; readonly rows: number },
    { piece }: Workshop,
  ) {
    const each = height * width
    const key = `patches of ${grid.kernel} at ${grid.stride} in ${images.join('x')} for ${height}x${width}`
    const line = grid.kernel * images[2]
    const rows = piece(key, 4 * grid.rows * each)
    const columns = piece(`a patch of ${grid.kernel} in ${images.join('x')}`, 4 * grid.kernel * line)
    return {
      rows,
      columns,
      prepare() {
        const rowTable = new Uint32Array(arena.memory.buffer, rows, grid.rows * each)
        for (let at = 0; at < rowTable.length; at++) {
          const i = grid.stride * (Math.floor(at / width) % height)
          const j = grid.stride * (at % width)
          rowTable[at] = 4 * (Math.floor(at / each) * sizeOf(images) + (i * images[1] + j) * images[2])
        }
        const columnTable = new Uint32Array(arena.memory.buffer, columns, grid.kernel * line)
        for (let at = 0; at < columnTable.length; at++) {
          columnTable[at] = 4 * (Math.floor(at / line) * images[1] * images[2] + (at % line))
        }
      },
    }
  }
}
