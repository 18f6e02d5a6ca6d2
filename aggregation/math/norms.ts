import { squaredDistancesTo } from './distances.ts'

/** Euclidean norm of each vector. O(n d). */
export function normsOf(vectors: readonly Float32Array[]): number[] {
  const origin = new Float32Array(vectors[0]?.length ?? 0)
  return Array.from(squaredDistancesTo(vectors, origin), Math.sqrt)
}

/** factor * x (d), rounded once; a new array. */
export function scaled(vector: Float32Array, factor: number): Float32Array {
  if (factor === 1) return vector.slice()
  const output = new Float32Array(vector.length)
  for (let at = 0; at < output.length; at++) output[at] = (vector[at] as number) * factor
  return output
}

/** The factor that shortens a length to at most `radius`: min(1, radius / length). */
export function clippingFactor(length: number, radius: number): number {
  return length > radius ? radius / length : 1
}
