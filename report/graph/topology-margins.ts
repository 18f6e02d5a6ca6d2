import type { GraphFigures, GraphRequirement } from '#aggregation/facts.ts'
import { rules } from '#aggregation/registry.ts'

/** What one rule bears in a graph, its f as high as it may be at each peer. */
export interface RuleMargin {
  readonly rule: string
  /** What n (a closed neighbourhood) must be for an f. */
  readonly requires: string
  /** The highest f at any honest peer and at the one where it is lowest; null where the rule has no f. */
  readonly most: { readonly min: number; readonly max: number } | null
  /** The highest f that all peers can run alike, as a number in the experiment. */
  readonly everywhere: number | null
  /** The least f - b of an honest peer: below 0 it has more Byzantine peers beside it than the rule can ever tolerate there. */
  readonly worst: number | null
  /** Honest peers whose f - b is below 0. */
  readonly over: readonly number[]
  /** What the rule's paper asks of the graph, where it asks anything. */
  readonly condition: GraphCondition | null
}

export interface GraphCondition {
  readonly name: string
  readonly value: number
  /** Above it no guarantee is left; null where the paper gives an order and no constant. */
  readonly bound: number | null
  readonly source: string
}

/** An honest peer: the size of its smallest closed neighbourhood and the most Byzantine peers beside it then. */
export interface Beset {
  readonly peer: number
  readonly size: number
  readonly byzantine: number
}

/**
 * The margin of every rule of the registry. `beset` holds each honest peer in each of the rounds looked at; `sizes` those
 * of all closed neighbourhoods.
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

/** The highest f with which a rule is defined for n vectors; -1 where not even f = 0 is, null where it has no f. */
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

/** What the paper of a rule asks of a graph, in figures; null where it asks nothing or a figure is missing. */
function conditionOf(asked: GraphRequirement | undefined, figures: GraphFigures): GraphCondition | null {
  const sides = asked?.measure(figures)
  return asked && sides ? { name: asked.name, ...sides, source: asked.source } : null
}
