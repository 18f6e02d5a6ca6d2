import * as z from 'zod'

/** The schemas of a registry's entries, in its order. */
export type Configs<T extends readonly { readonly config: z.ZodObject }[]> = { [K in keyof T]: T[K]['config'] }

/** One schema for a registry: the entry's `name` decides which parameters are allowed. */
export function choice<
  const T extends readonly [{ readonly config: z.ZodObject }, ...{ readonly config: z.ZodObject }[]],
>(registry: T) {
  return z.discriminatedUnion('name', registry.map((entry) => entry.config) as unknown as Configs<T>)
}

type Names<T extends readonly { readonly name: string }[]> = { [K in keyof T]: T[K]['name'] }

/** One schema for a registry with entries that take no parameters: an enum of their names. */
export function nameOf<const T extends readonly { readonly name: string }[]>(registry: T) {
  return z.enum(registry.map((entry) => entry.name) as unknown as Names<T>)
}
