import { z } from 'zod'
import type { ConfiguredRule, ExactRule, RuleState } from '#aggregation/rule.ts'
import type { AttackFacts, KnowledgeLevel } from './facts.ts'

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
  /** Size of its closed neighbourhood (itself included) and how many Byzantine peers are in it. */
  readonly n: number
  readonly m: number
}

/** The graph, which is public, and where the Byzantine peers sit in it. */
export interface GraphKnown {
  /** The closed neighbourhood of each peer (ascending, itself included) with its mixing weights, which sum to 1. */
  readonly rows: readonly { readonly members: readonly number[]; readonly weights: readonly number[] }[]
  /** Ascending. */
  readonly byzantine: readonly number[]
}

/** What an attack with memory hands to its next call; plain data. */
export type AttackState = Readonly<Record<string, number | Float32Array>>

export interface CraftContext {
  readonly round: number
  /** Peers and Byzantine peers of the whole experiment. */
  readonly n: number
  readonly m: number
  /** The victims among the crafting peer's honest neighbours; for per-victim delivery exactly one. */
  readonly victims: readonly Victim[]
  /** Uniform numbers in [0, 1) from the stream keyed by (seed, attack, round): equal at all colluders. */
  readonly random: () => number
  /** Position of the crafting peer's own vector among `known.colluders`; 0. */
  readonly own?: number
  /** The crafting peer's rank among all Byzantine peers, ascending; 0. */
  readonly rank?: number
  /** The crafting peer's model at the start of the round (d), where models are exchanged. */
  readonly previous?: Float32Array
  /** The public rule, pre-aggregators included, for a closed neighbourhood of n vectors; RangeError where n is too small. */
  readonly pipeline?: (n: number) => ConfiguredRule
  /** The same rule in 64-bit numbers, where there is such a twin. */
  readonly exact?: ExactRule | undefined
  /** How the gains of a search measure distance; the square root of the sum of squared differences. */
  readonly distance?: (x: ArrayLike<number>, y: ArrayLike<number>) => number
  /** The victims' rule state, where the attack is tuned against a rule with memory. */
  readonly ruleState?: RuleState
  readonly graph?: GraphKnown
  /** What this attack returned as `state` the last time, for the same victims. */
  readonly state?: AttackState
  /** What the attack's own training made of this round (d), where it has one. */
  readonly trained?: Float32Array
}

/** The training examples of Byzantine peers. */
export interface PoisonData {
  /** Indices of the examples that the colluders hold, all of them together, in the order of their peer index. */
  readonly coalition: Uint32Array
  /** The label of each example of the training set. */
  readonly labels: Uint8Array
  readonly classes: number
  /** Uniform numbers in [0, 1), keyed by the seed and this round: equal at all colluders. */
  readonly stream: (round: number) => () => number
}

/** SGD on poisoned examples, one step a batch: alpha task + (1 - alpha) sum_k weights[k] (v_k - start_k)^2. */
export interface PoisonedDescent {
  /** (d). */
  readonly start: Float32Array
  /** Indices into the training set. */
  readonly batches: readonly Uint32Array[]
  /** The square that is stamped on each image (side in pixels, 0 for none), and the label that each gets. */
  readonly poison: { readonly stamp: number; readonly label: number }
  readonly alpha: number
  /** (d). */
  readonly weights: Float32Array
  readonly learningRate: number
  readonly momentum: number
  readonly weightDecay: number
}

/** What a Byzantine peer trains with. */
export interface Training extends PoisonData {
  /** Whether vectors are models after local steps or gradients. */
  readonly exchange: 'models' | 'gradients'
  /** The peers' step size in this round. */
  readonly learningRate: number
  /** The crafting peer's model at the start of the round (d). Not mutated. */
  readonly model: Float32Array
  /** Lengths of the parameter tensors in the order of the flat vector; they add up to d. */
  readonly tensors: readonly number[]
  descend(descent: PoisonedDescent): Promise<{ readonly parameters: Float32Array }>
}

/** Which images tell whether an attack on chosen inputs succeeded, and the label that they should be taken for. */
export type Goal =
  | { readonly name: 'pattern'; readonly size: number; readonly target: number }
  | { readonly name: 'sample'; readonly image: number; readonly target: number }

export interface Crafted {
  /** The vector to send (d); fresh. `null`: send nothing. */
  readonly output: Float32Array | null
  /** The attack factor that was used, where the attack has one. */
  readonly z?: number
  /** Factors that a search tried, in order, and how far each moved the aggregate. */
  readonly trace?: readonly Tried[]
  /** Hold the vector back for this share of the round's deadline; 0. */
  readonly holdBack?: number
  readonly state?: AttackState
}

/** One evaluation of a search: the factor and the distance of the aggregate from the honest mean. */
export interface Tried {
  readonly z: number
  readonly gain: number
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

interface AttackDeclaration<N extends string, S extends Shape>
  extends AttackFacts<z.output<z.ZodObject<S>>, Partial<z.input<z.ZodObject<S>>>> {
  readonly name: N
  readonly summary: string
  readonly reference: string
  /** What it cannot do without, for the table of attacks; m is the number of known vectors. */
  readonly requires: string
  /** Asymptotic cost of one crafted vector in m known vectors and d, for the table of attacks. */
  readonly cost: string
  /** Levels at which the attack is defined; the first is its default. */
  readonly knowledge: readonly [KnowledgeLevel, ...KnowledgeLevel[]]
  /** How vectors travel unless the experiment says otherwise; broadcast. */
  readonly delivery?: 'per-victim'
  readonly parameters: S
  /** Fewest colluders' vectors with which the attack is defined at these parameters and this knowledge. */
  minColluders(parameters: z.output<z.ZodObject<S>>, knowledge: KnowledgeLevel): number
  /** Whether the Byzantine peer of that rank trains on flipped labels; without, nobody does. */
  flipsLabels?(parameters: z.output<z.ZodObject<S>>, rank: number): boolean
  /** Training before `craft`, which finds its result (d) as `trained`; most attacks only combine vectors. */
  train?(
    known: Known,
    parameters: z.output<z.ZodObject<S>>,
    context: CraftContext,
    training: () => Training,
  ): Promise<Float32Array> | undefined
  /** What the attack is to achieve on chosen inputs, where it aims at some. */
  goal?(parameters: z.output<z.ZodObject<S>>, data: PoisonData): Goal | undefined
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
  /** Whether colluders that know the same craft the same vector. */
  readonly shareable?: boolean
  /** When its updates arrive: like those of honest peers, late, or never within the deadline. */
  readonly arrives?: 'in time' | 'late' | 'never'
  /** The option that asks for the whole training set, and the value that does without. */
  readonly wholeSet?: { readonly option: string; readonly instead: string } | undefined
  /** Fewest colluders' vectors with which the attack is defined. */
  readonly minColluders: number
  /** Whether the Byzantine peer of that rank (ascending among all Byzantine peers) trains on flipped labels. */
  readonly flipsLabels: (rank: number) => boolean
  /** What the Byzantine peer in question trains before it crafts; undefined where it does not. */
  readonly train?: (known: Known, context: CraftContext, training: () => Training) => Promise<Float32Array> | undefined
  /** What the attack is to achieve on chosen inputs; undefined where it aims at none. */
  readonly goal?: (data: PoisonData) => Goal | undefined
  readonly craft: (known: Known, context: CraftContext) => Crafted
}

/** Parameters that every attack has. */
const common = {
  delivery: z.enum(['broadcast', 'per-victim']).describe('One vector for all neighbours, or one crafted for each'),
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
      .describe('What the Byzantine peers may know of others'),
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
