import { fasterTile, type KernelPlatform, productsAreExact, type Tile } from './tile.ts'
import { wasmBase64 } from './wasm.generated.ts'

/** The exports of kernels/assembly; pointers are byte offsets into the memory. */
export interface Kernels {
  gemmScratch(columns: number): number
  gemm(
    ...product: [
      ...sizes: [m: number, n: number, k: number],
      ...a: [pointer: number, leading: number, transposed: boolean],
      ...b: [pointer: number, leading: number, transposed: boolean],
      ...c: [pointer: number, leading: number],
      ...epilogue: [accumulate: boolean, bias: number, relu: boolean],
      scratch: number,
    ]
  ): void
  /** Whether later products use tiles of 4 x 16, instead of 4 x 8. It changes no bit. */
  pairTiles(on: boolean): void
  packedBytes(n: number, k: number): number
  packWhole(...b: [n: number, k: number, pointer: number, leading: number, to: number]): void
  /** A is M x K; `packWhole` has packed B. */
  packedGemm(
    ...product: [
      ...sizes: [m: number, n: number, k: number],
      ...a: [pointer: number, leading: number],
      packed: number,
      ...c: [pointer: number, leading: number],
      ...epilogue: [bias: number, relu: boolean],
      scratch: number,
    ]
  ): void
  /** A is M x K; its number (i, k) is at byte base + rows[i] + columns[k]. */
  patchesGemm(
    ...product: [
      ...sizes: [m: number, n: number, k: number],
      ...a: [base: number, rows: number, columns: number],
      ...b: [pointer: number, leading: number],
      ...c: [pointer: number, leading: number],
      ...epilogue: [accumulate: boolean, bias: number, relu: boolean],
      scratch: number,
    ]
  ): void
  addPatches(
    ...patches: [
      ...values: [patches: number, rows: number, columns: number],
      ...offsets: [rows: number, columns: number],
      to: number,
    ]
  ): void
  groupNormScratch(channels: number): number
  groupNorm(
    ...norm: [
      ...images: [from: number, rows: number, positions: number, channels: number, groups: number],
      ...affine: [scale: number, shift: number, relu: boolean],
      ...to: [to: number, moments: number, scratch: number],
    ]
  ): void
  groupNormSlope(
    ...norm: [
      ...images: [slope: number, from: number, rows: number, positions: number, channels: number, groups: number],
      ...kept: [scale: number, moments: number],
      ...to: [scaleSlope: number, shiftSlope: number, to: number, scratch: number],
    ]
  ): void
  globalAveragePool(from: number, rows: number, positions: number, channels: number, to: number): void
  globalAveragePoolSlope(slope: number, rows: number, positions: number, channels: number, to: number): void
  pad(...images: [...Images, padding: number, to: number]): void
  crop(...images: [...Images, padding: number, to: number]): void
  turnWeights(weights: number, kernel: number, inputs: number, outputs: number, to: number): void
  addShortcut(...images: [...Images, stride: number, to: number, wide: number, relu: boolean]): void
  addShortcutSlope(...images: [...Images, stride: number, wide: number, to: number]): void
  maxPool(...pool: [...Windows, to: number, where: number]): void
  maxPoolSlope(slope: number, where: number, windows: number, to: number, numbers: number): void
  averagePool(...pool: [...Windows, to: number]): void
  averagePoolSlope(...pool: [...Windows, to: number]): void
  gather(
    ...examples: [
      ...part: [images: number, labels: number, size: number],
      ...chosen: [indices: number, rows: number, table: number, affine: number],
      ...to: [pixels: number, labels: number],
    ]
  ): void
  gatherViews(
    ...examples: [
      ...part: [images: number, height: number, width: number, channels: number],
      ...chosen: [indices: number, views: number, rows: number, table: number],
      pixels: number,
    ]
  ): void
  relu(from: number, to: number, count: number): void
  maskByOutput(slope: number, output: number, count: number): void
  columnSums(from: number, rows: number, columns: number, to: number, accumulate: boolean): void
  clear(to: number, count: number): void
  copy(from: number, to: number, count: number): void
  applyDescent(
    ...descent: [
      ...vectors: [parameters: number, momentum: number, gradient: number, count: number],
      ...rates: [learningRate: number, beta: number, share: number],
    ]
  ): void
  addDecay(gradient: number, parameters: number, count: number, weightDecay: number): void
  clipToNorm(gradient: number, count: number, limit: number): void
  /** 1 or 0. */
  allFinite(vector: number, count: number): number
  crossEntropySlope(logits: number, labels: number, rows: number, classes: number, weight: number): number
  score(logits: number, labels: number, rows: number, classes: number, correct: number): number
}

type Images = [from: number, rows: number, height: number, width: number, channels: number]
type Windows = [...Images, size: number]

/** The kernels with the same bits everywhere, compiled, and their faster tile on this machine. */
let chosen: { readonly module: WebAssembly.Module; readonly tile: Tile } | undefined

/** Throws if the platform lacks WebAssembly, or a feature that the module needs. */
export function compileKernels(base64: string): WebAssembly.Module {
  return new WebAssembly.Module(decodeBase64(base64))
}

/**
 * Compiles the kernels, checks the bits of their products and chooses the faster tile, once in each thread. Throws
 * Error if bits differ even without pairing.
 */
export function chooseKernels(platform: KernelPlatform = {}): Tile {
  platform.allow?.()
  chosen ??= checked(decodeBase64(wasmBase64), platform)
  return chosen.tile
}

function checked(bytes: Uint8Array<ArrayBuffer>, { now, forbid }: KernelPlatform): NonNullable<typeof chosen> {
  const module = new WebAssembly.Module(bytes)
  const instantiate = (memory: WebAssembly.Memory) => instanceOf(module, memory)
  if (productsAreExact(instantiate)) return { module, tile: now ? fasterTile(instantiate, now) : '4 x 8' }
  if (!forbid) throw new Error('its products differ from plain sums')
  forbid()
  // An empty section changes the bytes: for equal bytes the platform would reuse the code that it has compiled.
  return checked(Uint8Array.of(...bytes, 0, 1, 0), {})
}

/** Instantiates the kernels over a memory: by default those with the same bits everywhere. */
export function instantiateKernels(memory: WebAssembly.Memory, others?: WebAssembly.Module): Kernels {
  if (others) return instanceOf(others, memory)
  chooseKernels()
  const { module, tile } = chosen as NonNullable<typeof chosen>
  const kernels = instanceOf(module, memory)
  kernels.pairTiles(tile === '4 x 16')
  return kernels
}

function instanceOf(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  const abort = (): never => {
    throw new Error('a training kernel aborted')
  }
  return new WebAssembly.Instance(module, { env: { memory, abort } }).exports as unknown as Kernels
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const bytes = new Uint8Array(Math.floor((text.replace(/=+$/, '').length * 3) / 4))
  let bits = 0
  let held = 0
  let at = 0
  for (const letter of text) {
    const value = alphabet.indexOf(letter)
    if (value < 0) break
    held = ((held << 6) | value) & 0xffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = (held >> bits) & 255
    }
  }
  return bytes
}
