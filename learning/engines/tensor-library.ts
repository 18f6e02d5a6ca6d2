/** The part of TensorFlow.js's tensor that the engine uses. */
export interface Tensor {
  readonly shape: readonly number[]
  data(): Promise<Float32Array | Int32Array | Uint8Array>
  dispose(): void
}

/**
 * The part of TensorFlow.js 4.22.0 that the engine uses. The shells pass in the module itself. Its own types need the
 * DOM, which the pure folders and consumers of our declarations lack.
 */
export interface TensorLibrary {
  getBackend(): string
  memory(): { readonly numTensors: number }
  tidy(work: () => Tensor[]): Tensor[]
  tensor2d(values: Float32Array, shape: [number, number]): Tensor
  matMul(a: Tensor, b: Tensor): Tensor
  transpose(a: Tensor): Tensor
  add(a: Tensor, b: Tensor | number): Tensor
  sub(a: Tensor, b: Tensor): Tensor
  mul(a: Tensor, b: Tensor | number): Tensor
  sum(a: Tensor, axis: number): Tensor
  relu(a: Tensor): Tensor
  step(a: Tensor): Tensor
  softmax(a: Tensor): Tensor
  reshape(a: Tensor, shape: number[]): Tensor
  slice(a: Tensor, begin: number[], size: number[]): Tensor
  concat(tensors: Tensor[], axis: number): Tensor
  pad(a: Tensor, paddings: [number, number][]): Tensor
  max(a: Tensor, axes: number[], keepDims: boolean): Tensor
  mean(a: Tensor, axes: number[], keepDims?: boolean): Tensor
  rsqrt(a: Tensor): Tensor
  equal(a: Tensor, b: Tensor): Tensor
  cast(a: Tensor, type: 'float32'): Tensor
  tile(a: Tensor, repetitions: number[]): Tensor
}
