/**
 * How much an attack may know; each level contains the one before.
 * `colluders`: the colluders' own honest vectors (the LIE paper's setting).
 * `neighbourhood`: also what honest neighbours sent to a colluder.
 * `omniscient`: every honest vector of the round; simulation only.
 */
export const knowledgeLevels = ['colluders', 'neighbourhood', 'omniscient'] as const
export type KnowledgeLevel = (typeof knowledgeLevels)[number]

/** One configuration for the conformance suite. */
export interface AttackCase<Values> {
  /** What tells it from other cases of the attack; its level of knowledge and its options. */
  readonly title?: string
  /** Options other than their defaults. */
  readonly config?: Values & { readonly delivery?: 'per-victim' }
  /** Levels of knowledge at which it is tried; all of the attack. */
  readonly knowledge?: readonly KnowledgeLevel[]
  /** It sends nothing, or numbers that transports refuse. */
  readonly unusable?: true
}

/** Facts about an attack that other parts look up: declared in its own file, and never listed elsewhere. */
export interface AttackFacts<Parameters, Values> {
  /**
   * Colluders that know the same craft the same vector: it looks at no rank, place, state or training. A simulation then crafts
   * once for all of them. Left out: each colluder crafts its own.
   */
  readonly shareable?: true
  /** Factor 0 (`z`) sends the mean of honest vectors, so that a run of nothing else shows nothing. Left out: it does not. */
  readonly harmlessAtZero?: true
  /** When its updates arrive: `never` within the deadline, or late and within it. Left out: like those of honest peers. */
  arrives?(parameters: Parameters): 'late' | 'never'
  /**
   * An option that asks for more training examples than the colluders' own, and the value that does without: refused
   * where Byzantine peers do not hold the training set. Left out: the colluders' own suffice.
   */
  wholeSet?(parameters: Parameters): { readonly option: string; readonly instead: string } | undefined
  /**
   * What the example of `hearsay craft` needs beside the attack's name: options, and fields of the request. Left out:
   * nothing.
   */
  readonly example?: { readonly options?: Values; readonly told?: Readonly<Record<string, unknown>> }
  /** What the conformance suite tries. Left out: the defaults. */
  readonly conformance?: readonly AttackCase<Values>[]
}
