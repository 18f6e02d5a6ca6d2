import * as z from 'zod'
import { experimentSchema } from '../experiment/schema.ts'
import type { SchemaNode } from './issues.ts'

let known: SchemaNode | undefined

/** The experiment schema as JSON Schema (draft 2020-12). It describes files, so keys with a default are optional. */
export function experimentJsonSchema(): SchemaNode {
  known ??= z.toJSONSchema(experimentSchema, { io: 'input' }) as SchemaNode
  return known
}
