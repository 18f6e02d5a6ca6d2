import type * as z from 'zod'
import { nearest } from './nearest.ts'
import { renamedKey, renamedValue } from './renamed.ts'

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
  readonly multipleOf?: number
  readonly minItems?: number
}

/** The keys that a section of an experiment may have. If the section has a `name`, the keys of that name. */
export function knownKeys(path: readonly PropertyKey[], experiment: unknown, schema: SchemaNode): string[] {
  return [...new Set(nodesAt(path, experiment, schema).flatMap((option) => Object.keys(option.properties ?? {})))]
}

/** The values that a path may take, in words such as "a whole number, at least 1"; empty if unknown. */
export function allowedAt(path: readonly PropertyKey[], experiment: unknown, schema: SchemaNode): string {
  const nodes = nodesAt(path, experiment, schema)
  const named = nodes.filter((node) => node.const === undefined)
  const choices = nodes.flatMap((node) => (node.const === undefined ? [] : [String(node.const)]))
  const words = named.map(inWords).filter((word) => word !== '')
  return [...new Set([...words, ...(choices.length > 0 ? [choices.join(', ')] : [])])].join(', or ')
}

function inWords(node: SchemaNode): string {
  if (node.enum) return `one of ${node.enum.join(', ')}`
  switch (node.type) {
    case 'integer':
      return `a whole number${boundsOf(node)}`
    case 'number':
      return `a number${boundsOf(node)}`
    case 'boolean':
      return 'true or false'
    case 'string':
      return 'text'
    case 'array':
      return node.minItems ? `a list of at least ${node.minItems}` : 'a list'
    case 'null':
      return 'null'
    case 'object':
      return node.properties ? `a section { ${Object.keys(node.properties).join(', ')} }` : 'a section'
    default:
      return ''
  }
}

/** Leaves out the bounds of safe integers, which zod writes into every integer. */
function boundsOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: SchemaNode): string {
  const real = (bound: number | undefined): bound is number =>
    bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER
  const bounds = [
    ...(real(minimum) ? [`at least ${minimum}`] : []),
    ...(real(exclusiveMinimum) ? [`more than ${exclusiveMinimum}`] : []),
    ...(real(maximum) ? [`at most ${maximum}`] : []),
    ...(real(exclusiveMaximum) ? [`less than ${exclusiveMaximum}`] : []),
    ...(multipleOf === undefined ? [] : [`a multiple of ${multipleOf}`]),
  ]
  return bounds.length === 0 ? '' : `, ${bounds.join(' and ')}`
}

function nodesAt(path: readonly PropertyKey[], experiment: unknown, schema: SchemaNode): readonly SchemaNode[] {
  let node: SchemaNode | undefined = schema
  let value: unknown = experiment
  for (const key of path) {
    node = alternatives(node, value)
      .map((option) => option.properties?.[String(key)] ?? option.items)
      .find(Boolean)
    value = typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined
  }
  return alternatives(node, value)
}

function alternatives(node: SchemaNode | undefined, value: unknown): readonly SchemaNode[] {
  if (!node) return []
  const options = (node.oneOf ?? node.anyOf)?.flatMap((option) => alternatives(option, value))
  if (!options) return [node]
  const name = typeof value === 'object' && value !== null ? (value as { name?: unknown }).name : undefined
  const named = name === undefined ? [] : options.filter((option) => option.properties?.name?.const === name)
  return named.length > 0 ? named : options
}

/**
 * Explains a zod issue in one line: the path, the value, the allowed values, the nearest known key. `experiment` is the
 * checked value, `schema` its JSON Schema, and `written` writes a path.
 */
export function explainIssue(
  issue: z.core.$ZodIssue,
  experiment: unknown,
  schema: SchemaNode,
  written = (path: readonly PropertyKey[]) => path.join('.'),
): string[] {
  const path = written(issue.path)
  const value = valueAt(experiment, issue.path)
  const shown = shortened(value)
  const prefix = path === '' ? '' : `${path}: `
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.path, experiment, schema)
    return issue.keys.map((key) => {
      const now = renamedKey(issue.path, key)
      if (now !== undefined) return `${written([...issue.path, key])}: is now called ${now}`
      const like = nearest(key, known)
      const hint = like ? `did you mean ${like}?` : knownHere(known, value)
      return `${written([...issue.path, key])}: there is no such key; ${hint}`
    })
  }
  const options = issue.code === 'invalid_union' && 'options' in issue ? (issue.options as unknown[]) : undefined
  const allowed = issue.code === 'invalid_value' ? issue.values : options
  if (allowed) {
    const names = allowed.map(String)
    if (value === undefined) return [`${prefix}is missing; one of ${names.join(', ')}`]
    const now = renamedValue(issue.path, value)
    if (now !== undefined) return [`${prefix}${shown} is now called ${now}`]
    const like = nearest(String(value), names)
    return [`${prefix}${shown} is not allowed; one of ${names.join(', ')}${like ? `; did you mean ${like}?` : ''}`]
  }
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.flat().find((error) => error.path.length > 0)
    if (inner) {
      const within = { ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue
      return explainIssue(within, experiment, schema, written)
    }
  }
  const names = namesAt(issue.path, experiment, schema)
  if (names.length > 0 && typeof value !== 'object') {
    const like = nearest(String(value), names)
    const wanted = names.includes(value as string)
      ? `{ name: ${value} }`
      : `{ name: NAME, ... }, NAME one of ${names.join(', ')}${like ? `; did you mean ${like}?` : ''}`
    return [`${prefix}${value === undefined ? 'is missing' : `${shown} is not allowed`}; it takes a section ${wanted}`]
  }
  const words = issue.code === 'invalid_format' ? plain(issue.message) : allowedAt(issue.path, experiment, schema)
  if (value === undefined) return [`${prefix}is missing; it takes ${words}`]
  const like = typeof value === 'string' ? nearest(value, choicesAt(issue.path, experiment, schema)) : undefined
  return [`${prefix}${shown} is not allowed; it takes ${words}${like ? `; did you mean ${like}?` : ''}`]
}

/** The known keys of a section, or, if its name takes no parameters, that fact. */
function knownHere(known: readonly string[], section: unknown): string {
  const name = known.length === 1 && known[0] === 'name' ? (section as { name?: unknown }).name : undefined
  return name === undefined ? `known here: ${known.join(', ')}` : `${name} takes no parameters`
}

/** A value as JSON: a text of more than 80 characters is cut to 60. */
function shortened(value: unknown): string | undefined {
  const text = JSON.stringify(value)
  return text === undefined || text.length <= 80 ? text : `${text.slice(0, 60)}...`
}

/** The allowed names of a section with a `name`. */
export function namesAt(path: readonly PropertyKey[], experiment: unknown, schema: SchemaNode): string[] {
  return nodesAt(path, experiment, schema).flatMap(({ properties }) =>
    typeof properties?.name?.const === 'string' ? [properties.name.const] : [],
  )
}

function choicesAt(path: readonly PropertyKey[], experiment: unknown, schema: SchemaNode): string[] {
  return nodesAt(path, experiment, schema).flatMap((node) => [
    ...(node.enum ?? []).map(String),
    ...(typeof node.const === 'string' ? [node.const] : []),
  ])
}

/** zod's message without its first words. */
function plain(message: string): string {
  return message.replace(/^Invalid (input|string): /, '')
}

export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<PropertyKey, unknown>)[key]
  }
  return value
}
