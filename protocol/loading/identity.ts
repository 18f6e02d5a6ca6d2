import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { DatasetChoice } from '#learning/datasets/choice.ts'
import { type Experiment, numericsVersion, schemaVersion } from '../experiment/schema.ts'

/**
 * Identity of a run: SHA-256 (hex) of the resolved experiment less `runtime`, `expect`, `twins`, `sweep`, `name`, `question`
 * and `probe`, with the versions of schema and numerics. Two runs of equal identity compute the same thing.
 */
export function experimentId(experiment: Experiment): string {
  const { runtime, expect, twins, name, question, sweep, probe, ...rest } = experiment
  const identity = { ...rest, learning: { ...rest.learning, dataset: contentOf(rest.learning.dataset) } }
  const text = canonical({ ...identity, schemaVersion, numericsVersion })
  return bytesToHex(sha256(new TextEncoder().encode(text)))
}

/** Of a folder only what it holds counts, not where it lies. */
function contentOf(dataset: DatasetChoice): unknown {
  return typeof dataset === 'string' ? dataset : { sha256: dataset.sha256 }
}

/** JSON with the keys of every object in order. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`)
  return `{${entries.join(',')}}`
}
