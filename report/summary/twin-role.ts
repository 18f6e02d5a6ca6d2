import type { Experiment } from '#protocol/experiment/schema.ts'

/**
 * The role of a run in a comparison. `attack-free`: no attack; `undefended`: the attack and plain averaging; `alone`:
 * no exchange; `defended`: the attack and a rule against it.
 */
export type RunRole = 'attack-free' | 'undefended' | 'alone' | 'defended'

/** The role of a run, from its options, not its name. */
export function runRole(experiment: Experiment): RunRole {
  if (experiment.exchange === 'none') return 'alone'
  if (experiment.attack.name === 'none' || experiment.peers.byzantine === 0) return 'attack-free'
  const { name, before } = experiment.aggregation
  return name === 'average' && before.length === 0 ? 'undefended' : 'defended'
}

/**
 * The role of a twin: the role of the experiment with the values of `set`. The changed experiment may be invalid; only
 * the values that decide the role are read.
 */
export function twinRole(experiment: Experiment, set: Readonly<Record<string, unknown>>): RunRole {
  const changed: Record<string, unknown> = structuredClone(experiment)
  for (const [path, value] of Object.entries(set)) assign(changed, path.split('.'), value)
  const read = (section: string, key: string): unknown => {
    const value = changed[section]
    return isRecord(value) ? value[key] : undefined
  }
  if (changed.exchange === 'none') return 'alone'
  if (read('attack', 'name') === 'none' || read('peers', 'byzantine') === 0) return 'attack-free'
  const before = read('aggregation', 'before')
  const plain = !Array.isArray(before) || before.length === 0
  return read('aggregation', 'name') === 'average' && plain ? 'undefended' : 'defended'
}

function assign(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path
  if (key === undefined) return
  if (rest.length === 0) {
    // `aggregation: average` is short for its name.
    target[key] = typeof value === 'string' && isRecord(target[key]) ? { ...target[key], name: value } : value
    return
  }
  const inner = Object.hasOwn(target, key) ? target[key] : undefined
  const copy = isRecord(inner) ? inner : {}
  target[key] = copy
  assign(copy, rest, value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
