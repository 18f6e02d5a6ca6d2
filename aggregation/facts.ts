/** A bound as a function of n and f. */
export type Bound = (n: number, f: number) => number

/** Facts about a rule or a pre-aggregator that other parts look up: declared in its own file, and never listed elsewhere. */
export interface MethodFacts {
  /**
   * It looks at nothing but vectors and weights: not at their senders, the peer's own place, the round, a state or
   * chance. Peers with the same input may then share one result. Left out: each peer computes its own.
   */
  readonly anonymous?: true
}

/** Properties that the conformance suite asks of every rule. */
export type Property = 'permutation' | 'translation' | 'scale' | 'unanimity'

/** One configuration for the conformance suite. */
export interface ConformanceCase<Values> {
  /** What tells it from other cases of the method, put behind its name. */
  readonly title?: string
  /** Parameters other than their defaults. Where the method has an f and none is given here, the suite chooses it. */
  readonly config?: Values
  /** Properties that it does not have, each with the reason. */
  readonly exceptions?: { readonly [property in Property]?: string }
  /** How far f Byzantine peers can move the output from the honest mean, the peer's own vector being honest. Left out: unknown. */
  readonly kappa?: Bound
}

/** A rule for a pre-aggregator to stand before, after pre-aggregators of its own; each f is chosen by the suite. */
export interface RuleBehind {
  readonly name: string
  readonly before?: readonly { readonly name: string; readonly [parameter: string]: unknown }[]
  readonly [parameter: string]: unknown
}

/** A vector in 64-bit numbers. */
export type Row = ArrayLike<number>

/** What the 64-bit twin of a method sees: n vectors without mixing weights, the peer's own at `own`. Never mutated. */
export interface ExactInput {
  readonly rows: readonly Row[]
  readonly own: number
  /** State of the rule, where it has a memory. */
  readonly state?: Row
}

/** Figures of a graph that the conditions of papers are about. */
export interface GraphFigures {
  /** The greatest Byzantine weight of an honest peer. */
  readonly deltaMax: number
  /** Spectral gap of the honest graph; null where it is not known. */
  readonly gap: number | null
  /** Algebraic connectivity of the honest graph, its edges counted with their mixing weights. */
  readonly connectivity: number | null
}

/** What a rule's paper asks of the graph. */
export interface GraphRequirement {
  /** What is compared, in ASCII: `2b against mu_2`. */
  readonly name: string
  /** Link to the paper. */
  readonly source: string
  /** The condition in symbols, `2b ≤ μ₂`; left out where the paper gives an order and no constant. */
  readonly condition?: string
  /** Its two sides; above the bound no guarantee is left (null: no constant). Null where a figure is missing. */
  measure(figures: GraphFigures): { readonly value: number; readonly bound: number | null } | null
}

export interface RuleFacts<Parameters, Values> extends MethodFacts {
  /** What the conformance suite tries. Left out: the rule with its defaults, without exceptions. */
  readonly conformance?: readonly ConformanceCase<Values>[]
  /** Its state is its last output (d), which an attacker knows where models are public. Left out: another, or none. */
  readonly stateIsOutput?: true
  /** The option with which it is not `selfCentred`, for those who need that: `start: zero`. Left out: there is none. */
  readonly otherwise?: string
  /** What the rule's paper asks of the graph. Left out: nothing. */
  readonly graphCondition?: GraphRequirement
  /**
   * The same rule in 64-bit numbers, rows to the aggregate (d), for the searches of `hearsay craft`. Left out: those
   * searches use the 32-bit rule.
   */
  exact?(input: ExactInput, parameters: Parameters): Float64Array
}

export interface PreAggregatorFacts<Parameters, Values> extends MethodFacts {
  /** What the conformance suite tries, with the rule behind it (average). Left out: its defaults before the average. */
  readonly conformance?: readonly (ConformanceCase<Values> & { readonly rule?: RuleBehind })[]
  /** The same in 64-bit numbers: the new rows, and the new place of the peer's own. Left out as for rules. */
  exact?(input: ExactInput, parameters: Parameters): ExactInput
  /** Whether it draws at random at these parameters, so that its 64-bit twin cannot stand in. Left out: it never draws. */
  draws?(parameters: Parameters): boolean
}
