import { closest } from 'fastest-levenshtein'
import { z } from 'zod'
import { experimentSchema } from '#protocol/experiment.ts'

/** The parts of a JSON Schema node that help, errors and tables read. */
export interface SchemaNode {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly anyOf?: readonly SchemaNode[]
  readonly oneOf?: readonly SchemaNode[]
  readonly items?: SchemaNode
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
}

/** The experiment schema as JSON Schema (draft 2020-12), as it is written in files: defaults may be left out. */
export function experimentJsonSchema(): SchemaNode {
  return z.toJSONSchema(experimentSchema, { io: 'input' }) as SchemaNode
}

/** The keys that may stand at a path of an experiment; where a `name` decides, those of that name. */
export function knownKeys(path: readonly PropertyKey[], experiment: unknown): string[] {
  let node: SchemaNode | undefined = experimentJsonSchema()
  let value: unknown = experiment
  for (const key of path) {
    node = alternatives(node, value)
      .map((option) => option.properties?.[String(key)] ?? option.items)
      .find(Boolean)
    value = typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined
  }
  return [...new Set(alternatives(node, value).flatMap((option) => Object.keys(option.properties ?? {})))]
}

function alternatives(node: SchemaNode | undefined, value: unknown): readonly SchemaNode[] {
  const options = node?.oneOf ?? node?.anyOf
  if (!options) return node ? [node] : []
  const name = typeof value === 'object' && value !== null ? (value as { name?: unknown }).name : undefined
  const named = options.filter((option) => option.properties?.name?.const === name)
  return named.length > 0 ? named : options
}

/** The candidate most like a word, where one is like it at all. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined
  const best = closest(word, [...candidates])
  const shared = [...word].filter((letter) => best.includes(letter)).length
  return shared * 2 >= word.length ? best : undefined
}

/** What a zod issue says of an experiment, in one line: the path, the value, what is allowed, the nearest known key. */
export function explainIssue(issue: z.core.$ZodIssue, experiment: unknown): string[] {
  const path = issue.path.join('.')
  const value = valueAt(experiment, issue.path)
  const shown = JSON.stringify(value)
  const prefix = path === '' ? '' : `${path}: `
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.path, experiment)
    return issue.keys.map((key) => {
      const like = nearest(key, known)
      const hint = like ? `did you mean ${like}?` : `known here: ${known.join(', ')}`
      return `${path === '' ? key : `${path}.${key}`}: there is no such key; ${hint}`
    })
  }
  const options = issue.code === 'invalid_union' && 'options' in issue ? (issue.options as unknown[]) : undefined
  const allowed = issue.code === 'invalid_value' ? issue.values : options
  if (allowed) {
    const names = allowed.map(String)
    if (value === undefined) return [`${prefix}is missing; one of ${names.join(', ')}`]
    const like = nearest(String(value), names)
    return [`${prefix}${shown} is not allowed; one of ${names.join(', ')}${like ? `; did you mean ${like}?` : ''}`]
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const inner = issue.errors.flat().find((error) => error.path.length > 0) ?? issue.errors[0]?.[0]
    const reasons = issue.errors.map((errors) => plain(errors[0]?.message ?? '')).filter((reason) => reason !== '')
    if (inner && inner.path.length > 0) {
      return explainIssue({ ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue, experiment)
    }
    return [`${prefix}${shown} does not fit: ${[...new Set(reasons)].join('; or ')}`]
  }
  if (value === undefined) {
    const kind = issue.code === 'invalid_type' ? ` (${issue.expected})` : ''
    return [`${prefix}is missing${kind}`]
  }
  return [`${prefix}${shown} is wrong: ${plain(issue.message)}`]
}

/** zod's sentences without their heading words. */
function plain(message: string): string {
  return message.replace(/^Invalid input: /, '').replace(/^Too (small|big): /, '')
}

export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<PropertyKey, unknown>)[key]
  }
  return value
}
