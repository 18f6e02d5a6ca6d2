/** A tensor of TensorFlow.js, as far as the engine uses it. */
export interface Tensor {
  readonly shape: readonly number[]
  data(): Promise<Float32Array | Int32Array | Uint8Array>
  dispose(): void
}

/**
 * What the engine uses of TensorFlow.js 4.22.0. The module itself satisfies it and is passed in by the shells;
 * its own types need the DOM, which pure folders and consumers of our declarations do not have.
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
