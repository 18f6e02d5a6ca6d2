import type { GraphFigures, GraphRequirement } from '#aggregation/facts.ts'
import { rules } from '#aggregation/registry.ts'

/** The tolerance of one rule in a graph, with the highest f that it allows at each peer. */
export interface RuleMargin {
  readonly rule: string
  /** The condition on n (a closed neighbourhood) for an f. */
  readonly requires: string
  /** The highest allowed f of honest peers: minimum and maximum over them; null if the rule has no f. */
  readonly most: { readonly min: number; readonly max: number } | null
  /** The highest f that the rule allows at every peer, so that one number fits the experiment. */
  readonly everywhere: number | null
  /**
   * The minimum of f - b over honest peers: below 0, a peer has more Byzantine neighbours than the rule can tolerate
   * there.
   */
  readonly worst: number | null
  /** Honest peers whose f - b is below 0. */
  readonly over: readonly number[]
  /** The condition of the rule's paper on the graph, if there is one. */
  readonly condition: GraphCondition | null
}

export interface GraphCondition {
  readonly name: string
  readonly value: number
  /** A value above it has no guarantee; null if the paper gives an order without a constant. */
  readonly bound: number | null
  readonly source: string
}

/** An honest peer in one round: the size of its closed neighbourhood and the number of Byzantine neighbours. */
export interface Beset {
  readonly peer: number
  readonly size: number
  readonly byzantine: number
}

/**
 * The margin of every rule of the registry. `beset` holds each honest peer in each examined round; `sizes` the sizes of
 * all closed neighbourhoods.
 */
export function marginsOf(beset: readonly Beset[], sizes: readonly number[], figures: GraphFigures): RuleMargin[] {
  return rules.map((rule): RuleMargin => {
    const most = maxTolerated(rule)
    const of = beset.map(({ peer, size, byzantine }) => {
      const f = most(size)
      return { peer, f, margin: f === null ? null : f - byzantine }
    })
    const known = of.flatMap(({ f }) => (f === null ? [] : [f]))
    const least = [...new Set(sizes)].map(most)
    const over = new Set(of.flatMap(({ peer, margin }) => (margin !== null && margin < 0 ? [peer] : [])))
    return {
      rule: rule.name,
      requires: rule.requires,
      most: known.length > 0 ? { min: Math.min(...known), max: Math.max(...known) } : null,
      everywhere: least.some((f) => f === null) ? null : Math.min(...(least as number[])),
      worst: known.length > 0 ? Math.min(...of.map(({ margin }) => margin ?? Number.POSITIVE_INFINITY)) : null,
      over: [...over].sort((a, b) => a - b),
      condition: conditionOf(rule.graphCondition, figures),
    }
  })
}

/** The highest f that a rule allows for n vectors; -1 if it does not even allow 0, null if it has no f. */
function maxTolerated(rule: (typeof rules)[number]): (n: number) => number | null {
  const hasF = 'f' in rule.parameters && rule.config.safeParse({ name: rule.name, f: 0 }).success
  const known = new Map<number, number>()
  return (n) => {
    if (!hasF) return null
    const found = known.get(n) ?? highest(rule, n)
    known.set(n, found)
    return found
  }
}

function highest(rule: (typeof rules)[number], n: number): number {
  for (let f = n >> 1; f >= 0; f--) {
    try {
      rule.configure({ name: rule.name, f }, n)
      return f
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
  }
  return -1
}

/** The condition of a rule's paper in figures of the graph; null without a condition or if a figure is missing. */
function conditionOf(asked: GraphRequirement | undefined, figures: GraphFigures): GraphCondition | null {
  const sides = asked?.measure(figures)
  return asked && sides ? { name: asked.name, ...sides, source: asked.source } : null
}
