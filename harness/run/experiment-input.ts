import type * as z from 'zod'
import type { Attack } from '#library/callable-attack.ts'
import type { Rule } from '#library/callable-rule.ts'
import type { Topology } from '#library/callable-topology.ts'
import type { Experiment, experimentSchema } from '#protocol/experiment/schema.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { loadExperiment, loadValue } from '../config/load.ts'

type Full = z.input<typeof experimentSchema>
/** A section with a name, or the name alone, or one of the functions that the package exports. */
type Named<Section, Made> = Section | NameOf<Section> | Made
type NameOf<Section> = Section extends { readonly name: infer Name extends string } ? Name : never

/** The short forms of sections, as in a file. */
interface Short {
  /** Numbers of peers and the placement of Byzantine peers, or the number of honest peers alone. */
  readonly peers: Full['peers'] | number
  /** The graph, such as `ring`, `{ name: 'ring', neighbours: 4 }` or `ring({ neighbours: 4 })`. */
  readonly topology: Named<Full['topology'], Topology>
  /** The rule, such as `median`, `{ name: 'krum', f: 1 }` or `krum({ f: 1 })`. */
  readonly aggregation: Named<Full['aggregation'], Rule>
  /** What Byzantine peers send, such as `sign-flip`, `{ name: 'sign-flip' }` or `signFlip()`. */
  readonly attack?: Named<NonNullable<Full['attack']>, Attack>
  /** Where the peers live. */
  readonly runtime?: Named<NonNullable<Full['runtime']>, never>
  readonly pace?: Named<NonNullable<Full['pace']>, never>
  /** Data, model and steps; `partition` and `schedule` may be names, such as `iid` and `constant`. */
  readonly learning: Omit<Full['learning'], 'partition' | 'schedule'> & {
    readonly partition?: Named<NonNullable<Full['learning']['partition']>, never>
    readonly schedule?: Named<NonNullable<Full['learning']['schedule']>, never>
  }
}

type Complete = Omit<Full, keyof Short> & Short
/** An experiment on top of another: a section keeps the keys that it does not name. */
type Extending = { readonly extends: string } & {
  readonly [Key in keyof Complete]?: Partial<Complete[Key]> | Complete[Key]
}

/**
 * An experiment as a typed object: the keys of an experiment file, short forms included. With `extends`, only what
 * differs from a preset or a file.
 */
export type ExperimentInput = Complete | Extending

/**
 * The experiment of a preset or file (by name) or of an object. Throws InputError with one line per problem; paths are
 * relative to the working directory.
 */
export function experimentOf(input: ExperimentInput | string): Experiment {
  return typeof input === 'string' ? loadExperiment(input) : loadValue(plain(input, []), 'experiment')
}

/** The value with rules, attacks and topologies replaced by their names and parameters. */
function plain(value: unknown, path: readonly string[]): unknown {
  if (typeof value === 'function') {
    if ('config' in value) return plain(value.config, path)
    throw new InputError(
      `experiment: ${path.join('.')}: a function is not allowed, except those of rules, attacks and topologies`,
    )
  }
  if (Array.isArray(value)) return value.map((entry, i) => plain(entry, [...path, String(i)]))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]) => [key, plain(entry, [...path, key])]),
  )
}
