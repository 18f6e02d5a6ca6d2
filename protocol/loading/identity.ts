import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { DatasetChoice } from '#learning/datasets/choice.ts'
import { type Experiment, experimentSchema, numericsVersion, schemaVersion } from '../experiment/schema.ts'
import { withoutDefaults } from './without-defaults.ts'

/** Caches the identity of each experiment: a sweep asks for the same one many times. */
const known = new WeakMap<Experiment, string>()

/**
 * Identity of a run: SHA-256 (hex) of the resolved experiment with the versions of schema and numerics. It leaves out
 * `runtime`, `expect`, `twins`, `sweep`, `name`, `question`, `probe` and every value that equals its default. Two runs
 * of equal identity compute the same models. A new key with a default changes no identity; a changed default needs a
 * new `schemaVersion`.
 */
export function experimentId(experiment: Experiment): string {
  const before = known.get(experiment)
  if (before !== undefined) return before
  const stated = withoutDefaults(experimentSchema, experiment) as Partial<Experiment>
  const { runtime, expect, twins, name, question, sweep, probe, ...rest } = stated
  const dataset = rest.learning?.dataset
  const identity =
    dataset === undefined ? rest : { ...rest, learning: { ...rest.learning, dataset: contentOf(dataset) } }
  const text = canonical({ ...identity, schemaVersion, numericsVersion })
  const id = bytesToHex(sha256(new TextEncoder().encode(text)))
  known.set(experiment, id)
  return id
}

/** A data folder counts by its content, not by its path. */
function contentOf(dataset: DatasetChoice): unknown {
  return typeof dataset === 'string' ? dataset : { sha256: dataset.sha256 }
}

/** JSON with the keys of every object in the order of their UTF-16 code units. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`)
  return `{${entries.join(',')}}`
}
