import type * as z from 'zod'
import type { AttackState, ConfiguredAttack, Tried } from '#attacks/attack.ts'
import { type Arguments, type MethodConfig, partsOf, type Rule } from './callable-rule.ts'
import { craftOnce } from './craft.ts'
import { named, naming, parametersOf } from './parameters.ts'
import { type Vector, vectorOf, vectorsOf } from './vectors.ts'

/** What an attack gets beside the vectors. */
export interface CraftOptions {
  /** Peers of the experiment. Default: none; attacks whose vector depends on it throw RangeError. */
  readonly n?: number
  /** Byzantine peers among them. Default: the number of vectors if they are the colluders' own. */
  readonly m?: number
  /** Index in `vectors` of the victim, for knowledge beyond the colluders. */
  readonly victim?: number
  /** The rule of the victims, such as `krum({ f: 1 })`, for attacks that search against it. */
  readonly rule?: Rule
  /** The model of the round before (d): the start of fang, and the memory of centered clipping in searches. */
  readonly previous?: Vector
  /** Result of the attack's training in this round (d), for attacks that train: a model, or a gradient. */
  readonly trained?: Vector
  /** Edges of the graph, with the Byzantine peers as the last m. Default: the complete graph. */
  readonly edges?: readonly (readonly [number, number])[]
  /** The round, from 0. Default: 0. */
  readonly round?: number
  /** Seed of random numbers, for attacks that draw. Default: 1. */
  readonly seed?: number
  /** State that the attack returned in the round before, for attacks with memory. */
  readonly state?: AttackState
}

export interface CraftedVector {
  /** The vector to send (d), a new array; null: the attack sends nothing. */
  readonly output: Float32Array | null
  /** The attack factor used, if the attack has one. */
  readonly z?: number
  /** Factors that a search tried, in order, each with its gain: the distance of the aggregate from the honest mean. */
  readonly trace?: readonly Tried[]
  /** Memory of the attack, for the `state` of the next round. */
  readonly state?: AttackState
}

/**
 * An attack with its parameters: called with the vectors that the coalition knows (n x d), it returns the vector to
 * send (d), or null if it sends none. With knowledge `colluders` these are the colluders' own honest vectors; otherwise
 * those of the honest peers 0, 1, ... Called with options too, it returns output, z, trace and state. Inputs are never
 * changed. Throws RangeError with one line for invalid parameters, vectors or options.
 */
export interface Attack<Config extends MethodConfig = MethodConfig> {
  (vectors: readonly Vector[]): Float32Array | null
  (vectors: readonly Vector[], options: CraftOptions): CraftedVector
  /** Name and parameters, as an experiment has them in `attack`. */
  readonly config: Config
}

interface AttackDeclaration<Schema extends z.ZodObject> {
  readonly name: string
  readonly config: Schema
  configure(values: unknown): ConfiguredAttack
}

/** Makes an attack from its parameters. */
export type AttackFactory<Schema extends z.ZodObject> = (
  ...given: Arguments<Schema>
) => Attack<z.output<Schema> & MethodConfig>

/** A factory of callable attacks from a declaration of `defineAttack`. */
export function callableAttack<Schema extends z.ZodObject>(
  declaration: AttackDeclaration<Schema>,
): AttackFactory<Schema> {
  return (...given) => {
    const { name } = declaration
    const config = parametersOf(name, declaration.config, given[0] ?? {}) as z.output<Schema> & MethodConfig
    const attack = naming(name, () => declaration.configure(config))
    const craft = (rows: readonly Vector[], options: CraftOptions) =>
      naming(name, () => {
        const vectors = vectorsOf(rows)
        const length = vectors[0]?.length
        const {
          n,
          m = attack.knowledge === 'colluders' ? vectors.length : undefined,
          rule,
          previous,
          trained,
        } = options
        return craftOnce({
          attack,
          label: name,
          vectors,
          option: 'vectors',
          n: wholeNumber('n', n),
          m: wholeNumber('m', m),
          victim: wholeNumber('victim', options.victim),
          rule: rule && partsOf(rule, 'rule'),
          previous: previous && vectorOf(previous, 'previous', length),
          trained: trained && vectorOf(trained, 'trained', length),
          edges: options.edges,
          seed: wholeNumber('seed', options.seed) ?? 1,
          round: wholeNumber('round', options.round) ?? 0,
          state: options.state,
        })
      })
    function callable(rows: readonly Vector[]): Float32Array | null
    function callable(rows: readonly Vector[], options: CraftOptions): CraftedVector
    function callable(rows: readonly Vector[], options?: CraftOptions): Float32Array | null | CraftedVector {
      const { output, z, trace, state } = craft(rows, options ?? {})
      if (!options) return output
      return {
        output,
        ...(z === undefined ? {} : { z }),
        ...(trace ? { trace } : {}),
        ...(state ? { state } : {}),
      }
    }
    return Object.assign(named(callable, name), { config })
  }
}

function wholeNumber(option: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= 0)) return value
  throw new RangeError(`${option}: must be a whole number, at least 0, got ${value}`)
}
