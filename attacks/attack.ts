import { z } from 'zod'

/**
 * How much an attack may know; each level contains the one before.
 * `colluders`: the colluders' own honest vectors (the LIE paper's setting).
 * `neighbourhood`: also what honest neighbours sent to a colluder.
 * `omniscient`: every honest vector of the round; simulation only.
 */
export const knowledgeLevels = ['colluders', 'neighbourhood', 'omniscient'] as const
export type KnowledgeLevel = (typeof knowledgeLevels)[number]

/** Knowledge `colluders`. */
export interface ColludersKnown {
  /** Honest vectors of the colluders (m x d), ascending peer index; at least the crafting peer's own. Not mutated. */
  readonly colluders: readonly Float32Array[]
}
/** Knowledge `neighbourhood`. */
export interface NeighbourhoodKnown extends ColludersKnown {
  /** What honest neighbours sent to the crafting peer. */
  readonly heard: readonly HeardVector[]
}
/** Knowledge `omniscient`. */
export interface OmniscientKnown extends NeighbourhoodKnown {
  /** All honest vectors of the round, ascending peer index. */
  readonly honest: readonly Float32Array[]
}

/** What the coalition holds at the moment of crafting. The keys are there only where the level allows them. */
export type Known = ColludersKnown | NeighbourhoodKnown | OmniscientKnown

/** An honest peer's vector as a colluder received it, this round's (rushing) or the last one's. */
export interface HeardVector {
  readonly peer: number
  readonly vector: Float32Array
}

/** Whom a vector is crafted for, and the public facts about it. */
export interface Victim {
  readonly peer: number
  /** Size of its closed neighbourhood (itself included) and how many liars are in it. */
  readonly n: number
  readonly m: number
}

export interface CraftContext {
  readonly round: number
  /** Peers and Byzantine peers of the whole experiment. */
  readonly n: number
  readonly m: number
  /** The victims among the crafting peer's honest neighbours; for per-victim delivery exactly one. */
  readonly victims: readonly Victim[]
  /** Uniform numbers in [0, 1) from the stream keyed by (seed, attack, round): equal at all colluders. */
  readonly random: () => number
}

export interface Crafted {
  /** The vector to send (d); fresh. `null`: send nothing. */
  readonly output: Float32Array | null
  /** The attack factor that was used, where the attack has one. */
  readonly z?: number
}

type Shape = Record<string, z.ZodType>

/** What attacks are told and how their vectors travel. */
export interface Manner {
  readonly knowledge: KnowledgeLevel
  /** `per-victim`: craft is called once for each honest neighbour. */
  readonly delivery: 'broadcast' | 'per-victim'
  /** Craft only after this round's vectors of the honest neighbours are in; else the last round's are used. */
  readonly rushing: boolean
}

interface AttackDeclaration<N extends string, S extends Shape> {
  readonly name: N
  readonly summary: string
  readonly reference: string
  /** Levels at which the attack is defined; the first is its default. */
  readonly knowledge: readonly [KnowledgeLevel, ...KnowledgeLevel[]]
  readonly parameters: S
  /** Fewest colluders' vectors with which the attack is defined at these parameters and this knowledge. */
  leastColluders(parameters: z.output<z.ZodObject<S>>, knowledge: KnowledgeLevel): number
  /** Why these values do not go together, worded to follow the attack's name; undefined if they do. */
  refuse?(parameters: z.output<z.ZodObject<S>>, how: Manner): string | undefined
  /**
   * Crafts one vector. `known` holds no more than the level of the experiment allows.
   * Throws RangeError for parameters that make no sense at this n and m.
   */
  craft(known: Known, parameters: z.output<z.ZodObject<S>>, context: CraftContext): Crafted
}

export interface ConfiguredAttack extends Manner {
  readonly name: string
  /** Fewest colluders' vectors with which the attack is defined. */
  readonly leastColluders: number
  readonly craft: (known: Known, context: CraftContext) => Crafted
}

/** Parameters that every attack has. */
const common = {
  delivery: z
    .enum(['broadcast', 'per-victim'])
    .default('broadcast')
    .describe('One vector for all neighbours, or one crafted for each'),
  rushing: z
    .boolean()
    .default(false)
    .describe("Wait for the honest neighbours' vectors of this round before crafting (neighbourhood knowledge)"),
}

/**
 * Declares an attack; `config` is the schema of `{ name, knowledge, delivery, rushing, ...parameters }`.
 * `configure` throws RangeError for values that do not go together.
 */
export function defineAttack<const N extends string, S extends Shape>(declaration: AttackDeclaration<N, S>) {
  const [first] = declaration.knowledge
  const config = z.strictObject({
    name: z.literal(declaration.name),
    ...declaration.parameters,
    knowledge: z
      .enum(declaration.knowledge as readonly [KnowledgeLevel, ...KnowledgeLevel[]])
      .default(first)
      .describe('What the liars may know of others'),
    ...common,
  })
  const shape = z.strictObject(declaration.parameters)
  return {
    ...declaration,
    config,
    configure(values: unknown): ConfiguredAttack {
      const parsed = config.parse(values) as Record<string, unknown>
      const { name: _, knowledge, delivery, rushing, ...rest } = parsed
      const manner = { knowledge, delivery, rushing } as Manner
      const parameters = shape.parse(rest) as z.output<z.ZodObject<S>>
      const refusal = declaration.refuse?.(parameters, manner)
      if (refusal) throw new RangeError(`${declaration.name} ${refusal}`)
      return {
        name: declaration.name,
        ...manner,
        leastColluders: declaration.leastColluders(parameters, manner.knowledge),
        craft: (known, context) => declaration.craft(known, parameters, context),
      }
    },
  }
}
