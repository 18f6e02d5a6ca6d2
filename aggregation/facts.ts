/** A bound kappa as a function of n and f. */
export type Bound = (n: number, f: number) => number

/**
 * Facts about a rule or a pre-aggregator that other modules look up. The method's own file declares them; no other file
 * lists them.
 */
export interface MethodFacts {
  /**
   * The output depends on vectors and weights only: not on senders, the position of the peer's own vector, the round, a
   * state or chance. Peers with the same input may share one result. Left out: each peer computes its own.
   */
  readonly anonymous?: true
}

/** Properties that the conformance suite tests for every rule. */
export type Property = 'permutation' | 'translation' | 'scale' | 'unanimity'

/** One configuration for the conformance suite. */
export interface ConformanceCase<Values> {
  /** Distinguishes it from other cases of the method; follows the method's name. */
  readonly title?: string
  /** Parameters that differ from the defaults. If the method has an f and this gives none, the suite chooses it. */
  readonly config?: Values
  /** Properties that the method lacks, each with the reason. */
  readonly exceptions?: { readonly [property in Property]?: string }
  /** Bound on the move of the output from the honest mean by f Byzantine peers, at an honest peer. Left out: unknown. */
  readonly kappa?: Bound
}

/** The rule behind a pre-aggregator, with further pre-aggregators before it; the suite chooses each f. */
export interface RuleBehind {
  readonly name: string
  readonly before?: readonly { readonly name: string; readonly [parameter: string]: unknown }[]
  readonly [parameter: string]: unknown
}

/** A vector in 64-bit numbers. */
export type Row = ArrayLike<number>

/** Input of the 64-bit twin of a method: n vectors without mixing weights, the peer's own at `own`. Never mutated. */
export interface ExactInput {
  readonly rows: readonly Row[]
  readonly own: number
  /** State of the rule, if it has one. */
  readonly state?: Row
}

/** Figures of a graph that papers state their conditions on. */
export interface GraphFigures {
  /** Maximum Byzantine weight in the row of an honest peer. */
  readonly deltaMax: number
  /** Spectral gap of the honest graph; null if unknown. */
  readonly gap: number | null
  /** Algebraic connectivity of the honest graph, with mixing weights as edge weights; null if unknown. */
  readonly connectivity: number | null
}

/** The condition that a rule's paper states on the graph. */
export interface GraphRequirement {
  /** The comparison, in ASCII: `2b against mu_2`. */
  readonly name: string
  /** Link to the paper. */
  readonly source: string
  /** The condition in symbols, `2b ≤ μ₂`; left out if the paper gives an order without a constant. */
  readonly condition?: string
  /** Both sides; above `bound` there is no guarantee (null: no constant). Returns null if a figure is missing. */
  measure(figures: GraphFigures): { readonly value: number; readonly bound: number | null } | null
}

export interface RuleFacts<Parameters, Values> extends MethodFacts {
  /** Cases for the conformance suite. Left out: the rule with its defaults, without exceptions. */
  readonly conformance?: readonly ConformanceCase<Values>[]
  /** The state is the last output (d), which attacks know if models are public. Left out: another state, or none. */
  readonly stateIsOutput?: true
  /** The option that makes the rule not `selfCentred`, e.g. `start: zero`. Left out: there is none. */
  readonly otherwise?: string
  /** The condition of the rule's paper on the graph. Left out: none. */
  readonly graphCondition?: GraphRequirement
  /**
   * The same rule in 64-bit numbers, from rows (n x d) to the aggregate (d), for the searches of `hearsay craft`. Left
   * out: those searches use the 32-bit rule.
   */
  exact?(input: ExactInput, parameters: Parameters): Float64Array
}

export interface PreAggregatorFacts<Parameters, Values> extends MethodFacts {
  /** Cases for the conformance suite, with the rule behind (default: average). Left out: the defaults before `average`. */
  readonly conformance?: readonly (ConformanceCase<Values> & { readonly rule?: RuleBehind })[]
  /** The same in 64-bit numbers: new rows (n' x d) and the position of the peer's own. Left out: as for rules. */
  exact?(input: ExactInput, parameters: Parameters): ExactInput
  /** Whether it draws at random at these parameters; then it has no 64-bit twin. Left out: it never draws. */
  draws?(parameters: Parameters): boolean
}
