/**
 * Levels of an attack's knowledge; each contains the one before.
 * `colluders`: the colluders' own honest vectors (the LIE paper's setting).
 * `neighbourhood`: also the vectors that colluders received from honest neighbours.
 * `omniscient`: every honest vector of the round; simulation only.
 */
export const knowledgeLevels = ['colluders', 'neighbourhood', 'omniscient'] as const
export type KnowledgeLevel = (typeof knowledgeLevels)[number]

/** One configuration for the conformance suite. */
export interface AttackCase<Values> {
  /** Distinguishes it from other cases of the attack. Default: its level of knowledge and its options. */
  readonly title?: string
  /** Options that differ from the defaults. */
  readonly config?: Values & { readonly delivery?: 'per-victim' }
  /** Levels of knowledge to test. Default: all levels of the attack. */
  readonly knowledge?: readonly KnowledgeLevel[]
  /** The attack sends nothing, or numbers that transports refuse. */
  readonly unusable?: true
}

/** Facts about an attack that other modules look up. The attack's own file declares them; no other file lists them. */
export interface AttackFacts<Parameters, Values> {
  /**
   * Colluders with the same knowledge craft the same vector: it depends on no rank, position, state or training. A
   * simulation then crafts once for all of them. Left out: each colluder crafts its own.
   */
  readonly shareable?: true
  /** Factor 0 (`z`) sends the mean of honest vectors, so a run with z 0 throughout tests nothing. Left out: it does not. */
  readonly harmlessAtZero?: true
  /** When its updates arrive: `late` but within the deadline, or `never` within it. Left out: like honest updates. */
  arrives?(parameters: Parameters): 'late' | 'never'
  /**
   * The option that requests more training examples than the colluders' own, and the value that does not. The option is
   * refused if Byzantine peers do not hold the training set. Left out: the colluders' own examples suffice.
   */
  wholeSet?(parameters: Parameters): { readonly option: string; readonly instead: string } | undefined
  /** Options and request fields that the example of `hearsay craft` needs besides the attack's name. Left out: none. */
  readonly example?: { readonly options?: Values; readonly told?: Readonly<Record<string, unknown>> }
  /** Cases for the conformance suite. Left out: the defaults. */
  readonly conformance?: readonly AttackCase<Values>[]
}
