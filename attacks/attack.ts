import * as z from 'zod'
import type { ConfiguredRule, ExactRule, RuleState } from '#aggregation/rule.ts'
import type { AttackFacts, KnowledgeLevel } from './facts.ts'

/** The library in which parameters are declared, for files outside of this package: https://zod.dev. */
export { z }

/** Knowledge `colluders`. */
export interface ColludersKnown {
  /** The colluders' honest vectors (m x d), in ascending peer index; at least the crafting peer's own. Never mutated. */
  readonly colluders: readonly Float32Array[]
}
/** Knowledge `neighbourhood`. */
export interface NeighbourhoodKnown extends ColludersKnown {
  /** Vectors that the crafting peer received from honest neighbours. */
  readonly heard: readonly HeardVector[]
}
/** Knowledge `omniscient`. */
export interface OmniscientKnown extends NeighbourhoodKnown {
  /** All honest vectors of the round (h x d), in ascending peer index. */
  readonly honest: readonly Float32Array[]
}

/** The coalition's knowledge when it crafts. A key exists only if the level of knowledge allows it. */
export type Known = ColludersKnown | NeighbourhoodKnown | OmniscientKnown

/**
 * An honest peer's vector (d) as a colluder received it: from this round if the attack is rushing, else from the last.
 */
export interface HeardVector {
  readonly peer: number
  readonly vector: Float32Array
}

/** The peer that a vector is crafted for, with public facts about it. */
export interface Victim {
  readonly peer: number
  /** Size of its closed neighbourhood (itself included), and the number of Byzantine peers in it. */
  readonly n: number
  readonly m: number
}

/** The graph, which is public, and the seats of the Byzantine peers. */
export interface GraphKnown {
  /** Closed neighbourhood of each peer (ascending, itself included) with its mixing weights, which sum to 1. */
  readonly rows: readonly { readonly members: readonly number[]; readonly weights: readonly number[] }[]
  /** Ascending. */
  readonly byzantine: readonly number[]
}

/** Memory of an attack, passed to its next call; plain data. */
export type AttackState = Readonly<Record<string, number | Float32Array>>

export interface CraftContext {
  readonly round: number
  /** Number of peers and of Byzantine peers in the whole experiment. */
  readonly n: number
  readonly m: number
  /** Victims among the crafting peer's honest neighbours; exactly one for per-victim delivery. */
  readonly victims: readonly Victim[]
  /** Uniform numbers in [0, 1), keyed by seed, attack and round: equal at all colluders. */
  readonly random: () => number
  /** Position of the crafting peer's own vector in `known.colluders`. Default: 0. */
  readonly own?: number
  /** The crafting peer's rank among all Byzantine peers, in ascending index. Default: 0. */
  readonly rank?: number
  /** The crafting peer's model at the start of the round (d), if peers exchange models. */
  readonly previous?: Float32Array
  /** The public rule with its pre-aggregators, for n vectors. Throws RangeError if n is too small. */
  readonly pipeline?: (n: number) => ConfiguredRule
  /** The same rule in 64-bit numbers, if it has such a twin. */
  readonly exact?: ExactRule | undefined
  /** Distance that measures the gains of a search. Default: Euclidean. */
  readonly distance?: (x: ArrayLike<number>, y: ArrayLike<number>) => number
  /** State of the victims' rule, if the attack is tuned against a rule with memory. */
  readonly ruleState?: RuleState
  readonly graph?: GraphKnown
  /** The `state` that this attack last returned for the same victims. */
  readonly state?: AttackState
  /** Result of the attack's own training in this round (d), if it trains. */
  readonly trained?: Float32Array
}

/** The training examples of Byzantine peers. */
export interface PoisonData {
  /** Indices of the examples of all colluders together, in the order of their peer index. */
  readonly coalition: Uint32Array
  /** The label of each example of the training set. */
  readonly labels: Uint8Array
  readonly classes: number
  /** Uniform numbers in [0, 1), keyed by the seed and the round: equal at all colluders. */
  readonly stream: (round: number) => () => number
}

/** SGD on poisoned examples, one step per batch. Loss: alpha task + (1 - alpha) sum_k weights[k] (v_k - start_k)^2. */
export interface PoisonedDescent {
  /** Parameters (d) where the descent starts. */
  readonly start: Float32Array
  /** Indices into the training set. */
  readonly batches: readonly Uint32Array[]
  /** Side in pixels of the square stamped on each image (0: none), and the label that each image gets. */
  readonly poison: { readonly stamp: number; readonly label: number }
  readonly alpha: number
  /** Weight of each squared difference in the loss (d). */
  readonly weights: Float32Array
  readonly learningRate: number
  readonly momentum: number
  readonly weightDecay: number
}

/** Data, step size and model that a Byzantine peer trains with. */
export interface Training extends PoisonData {
  /** Whether peers exchange models after local steps, or gradients. */
  readonly exchange: 'models' | 'gradients'
  /** The peers' step size in this round. */
  readonly learningRate: number
  /** The crafting peer's model at the start of the round (d). Never mutated. */
  readonly model: Float32Array
  /** Lengths of the parameter tensors, in the order of the flat vector; they sum to d. */
  readonly tensors: readonly number[]
  descend(descent: PoisonedDescent): Promise<{ readonly parameters: Float32Array }>
}

/**
 * Goal of an attack on chosen inputs: the images that measure its success, and the label that a model should give them.
 */
export type Goal =
  | { readonly name: 'pattern'; readonly size: number; readonly target: number }
  | { readonly name: 'sample'; readonly image: number; readonly target: number }

export interface Crafted {
  /** The vector to send (d), a new array. `null`: send nothing. */
  readonly output: Float32Array | null
  /** The attack factor used, if the attack has one. */
  readonly z?: number
  /** Factors that a search tried, in order, each with its gain. */
  readonly trace?: readonly Tried[]
  /** Share of the round's deadline for which to hold the vector back. Default: 0. */
  readonly holdBack?: number
  readonly state?: AttackState
}

/** One evaluation of a search: the factor, and its gain: the distance of the aggregate from the honest mean. */
export interface Tried {
  readonly z: number
  readonly gain: number
}

type Shape = Record<string, z.ZodType>

/** An attack's knowledge, and how its vectors travel. */
export interface Manner {
  readonly knowledge: KnowledgeLevel
  /** `per-victim`: `craft` runs once for each honest neighbour. */
  readonly delivery: 'broadcast' | 'per-victim'
  /** Wait for the honest neighbours' vectors of this round before crafting; otherwise use those of the last round. */
  readonly rushing: boolean
}

interface AttackDeclaration<N extends string, S extends Shape>
  extends AttackFacts<z.output<z.ZodObject<S>>, Partial<z.input<z.ZodObject<S>>>> {
  readonly name: N
  readonly summary: string
  readonly reference: string
  /** Requirements, for the table of attacks; m is the number of known vectors. */
  readonly requires: string
  /** Asymptotic cost of one crafted vector in m known vectors and d, for the table of attacks. */
  readonly cost: string
  /** Levels of knowledge at which the attack is defined; the first is the default. */
  readonly knowledge: readonly [KnowledgeLevel, ...KnowledgeLevel[]]
  /** Default delivery of the attack. Left out: broadcast. */
  readonly delivery?: 'per-victim'
  readonly parameters: S
  /** Minimum number of colluders' vectors at these parameters and this knowledge. */
  minColluders(parameters: z.output<z.ZodObject<S>>, knowledge: KnowledgeLevel): number
  /** Whether the Byzantine peer of this rank trains on flipped labels. Left out: none does. */
  flipsLabels?(parameters: z.output<z.ZodObject<S>>, rank: number): boolean
  /** Training before `craft`, which gets the result (d) as `trained`. Left out: the attack only combines vectors. */
  train?(
    known: Known,
    parameters: z.output<z.ZodObject<S>>,
    context: CraftContext,
    training: () => Training,
  ): Promise<Float32Array> | undefined
  /** Goal of the attack on chosen inputs, if it has one. */
  goal?(parameters: z.output<z.ZodObject<S>>, data: PoisonData): Goal | undefined
  /** Why these values are incompatible, as a phrase that follows the attack's name; undefined if they are compatible. */
  refuse?(parameters: z.output<z.ZodObject<S>>, how: Manner): string | undefined
  /**
   * Crafts one vector. `known` holds only what the experiment's level of knowledge allows. Throws RangeError if the
   * parameters are invalid for this n and m.
   */
  craft(known: Known, parameters: z.output<z.ZodObject<S>>, context: CraftContext): Crafted
}

export interface ConfiguredAttack extends Manner {
  readonly name: string
  /** Whether colluders with the same knowledge craft the same vector. */
  readonly shareable?: boolean
  /** When its updates arrive: like those of honest peers, late but within the deadline, or never within it. */
  readonly arrives?: 'in time' | 'late' | 'never'
  /** The option that requests the whole training set, and the value that does not. */
  readonly wholeSet?: { readonly option: string; readonly instead: string } | undefined
  /** Minimum number of colluders' vectors. */
  readonly minColluders: number
  /** Whether the Byzantine peer of this rank (ascending among all Byzantine peers) trains on flipped labels. */
  readonly flipsLabels: (rank: number) => boolean
  /** The crafting peer's own training before it crafts; undefined if it does not train. */
  readonly train?: (known: Known, context: CraftContext, training: () => Training) => Promise<Float32Array> | undefined
  /** Goal of the attack on chosen inputs; undefined if it has none. */
  readonly goal?: (data: PoisonData) => Goal | undefined
  readonly craft: (known: Known, context: CraftContext) => Crafted
}

/** Parameters of every attack. */
const common = {
  delivery: z
    .enum(['broadcast', 'per-victim'])
    .describe('broadcast: one vector for all neighbours; per-victim: one vector crafted for each'),
  rushing: z
    .boolean()
    .default(false)
    .describe("Wait for the honest neighbours' vectors of this round before crafting (with knowledge: neighbourhood)"),
}

/**
 * Declares an attack. `config` is the schema of `{ name, knowledge, delivery, rushing, ...parameters }`. `configure`
 * throws RangeError for incompatible values.
 */
export function defineAttack<const N extends string, S extends Shape>(declaration: AttackDeclaration<N, S>) {
  const [first] = declaration.knowledge
  const config = z.strictObject({
    name: z.literal(declaration.name),
    ...declaration.parameters,
    knowledge: z
      .enum(declaration.knowledge as readonly [KnowledgeLevel, ...KnowledgeLevel[]])
      .default(first)
      .describe('What Byzantine peers may know about others'),
    delivery: common.delivery.default(declaration.delivery ?? 'broadcast'),
    rushing: common.rushing,
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
        shareable: declaration.shareable ?? false,
        arrives: declaration.arrives?.(parameters) ?? 'in time',
        wholeSet: declaration.wholeSet?.(parameters),
        minColluders: declaration.minColluders(parameters, manner.knowledge),
        flipsLabels: (rank) => declaration.flipsLabels?.(parameters, rank) ?? false,
        train: (known, context, training) => declaration.train?.(known, parameters, context, training),
        goal: (data) => declaration.goal?.(parameters, data),
        craft: (known, context) => declaration.craft(known, parameters, context),
      }
    },
  }
}
