import type { PipelineConfig } from '#aggregation/pipeline.ts'
import { clipping } from '#aggregation/pre-aggregators/clipping.ts'
import type { ExactRule } from '#aggregation/rule.ts'

/**
 * The 64-bit twin of an average with only clipping before it; undefined for every other pipeline.
 *
 * ByzFL searches against this pipeline by default. Its gain always grows with the attack factor. From some thousands
 * on, 32-bit numbers cannot resolve the growth, and a search would end by chance. O(n d) time and memory.
 */
export function clippedAverage({ before = [], ...values }: PipelineConfig): ExactRule | undefined {
  if (values.name !== 'average' || before.some(({ name }) => name !== 'clipping')) return undefined
  const radii = before.map((stage) => clipping.config.parse(stage).radius)
  return (vectors) => {
    const sum = new Float64Array(vectors[0]?.length ?? 0)
    for (const vector of vectors) {
      const clipped = Float64Array.from(vector)
      for (const radius of radii) clip(clipped, radius)
      for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] as number) + (clipped[k] as number)
    }
    return sum.map((value) => value / vectors.length)
  }
}

function clip(vector: Float64Array, radius: number): void {
  let squares = 0
  for (const value of vector) squares += value * value
  const norm = Math.sqrt(squares)
  if (norm <= radius) return
  const factor = radius / norm
  for (let k = 0; k < vector.length; k++) vector[k] = (vector[k] as number) * factor
}
