import { preAggregators, rules } from '#aggregation/registry.ts'
import { attacks } from '#attacks/registry.ts'

/** A complete request to a filter. */
export interface Example {
  readonly name: string
  readonly request: object
}

const honest = [
  [1, 2],
  [2, 1],
  [3, 4],
  [2, 2],
  [1, 3],
  [3, 3],
]
const inputs = [...honest, [90, -80]]

/** One line of `hearsay aggregate` for each rule: seven vectors, the last one Byzantine. */
export function ruleExamples(): Example[] {
  return rules.map(({ name, parameters, needs = [] }) => ({
    name,
    request: {
      rule: { name, ...('f' in parameters ? { f: 1 } : {}) },
      inputs,
      ...(needs.includes('loss') ? { losses: [0.3, 0.2, 0.4, 0.1, 0.3, 0.2, 9] } : {}),
    },
  }))
}

/** One line of `hearsay aggregate` for each pre-aggregator, alone. */
export function preAggregatorExamples(): Example[] {
  return preAggregators.map(({ name, parameters }) => ({
    name,
    request: { rule: null, before: [{ name, ...('f' in parameters ? { f: 1 } : {}) }], inputs },
  }))
}

/** One line of `hearsay craft` for each attack: six honest peers and one Byzantine peer. */
export function attackExamples(): Example[] {
  return attacks.map(({ name, example }) => ({
    name,
    request: { attack: { name, ...example?.options }, honest, n: 7, m: 1, ...example?.told },
  }))
}
