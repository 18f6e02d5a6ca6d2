import { describe, expect, test } from 'vitest'
import { configurePipeline, isAnonymous } from '#aggregation/pipeline.ts'
import { preAggregators, rules } from '#aggregation/registry.ts'
import type { AggregationInput } from '#aggregation/rule.ts'
import { ruleCases } from '../conformance/cases.ts'

const n = 9
const vectors = Array.from({ length: n }, (_, i) =>
  Float32Array.from({ length: 5 }, (__, k) => Math.sin(3 * i + k) + (i === n - 1 ? 9 : 0)),
)

/** The same vectors and weights for each peer; every other input differs. */
function inputAt(own: number): AggregationInput {
  return {
    vectors,
    weights: vectors.map((_, i) => (i + 1) / 45),
    own,
    members: vectors.map((_, i) => n * own + i),
    round: own,
    rounds: 2 * n,
    losses: vectors.map((_, i) => (i + own) % n),
    state: Float32Array.from({ length: 5 }, () => own),
    random: () => own / n,
  }
}

describe('a method that declares itself anonymous', () => {
  test.each(ruleCases.flatMap(({ title, config }) => (isAnonymous(config(1)) ? [{ title, config: config(1) }] : [])))(
    'looks at nothing but vectors and weights: $title',
    ({ config }) => {
      const rule = configurePipeline(config, n)
      const results = vectors.map((_, own) => rule.aggregate(inputAt(own)))
      expect(new Set(results.map(({ output }) => output.join())).size).toBe(1)
      expect(new Set(results.map(({ influence }) => influence.join())).size).toBe(1)
      expect(results.map(({ state }) => state)).toEqual(vectors.map(() => undefined))
      expect([rule.selfCentred, rule.needs]).toEqual([false, []])
    },
  )

  test('is tested above, from either registry', () => {
    const tried = ruleCases.map(({ config }) => config(1)).filter(isAnonymous)
    const names = new Set(tried.flatMap(({ name, before = [] }) => [name, ...before.map((stage) => stage.name)]))
    const declared = [...rules, ...preAggregators].filter(({ anonymous }) => anonymous)
    expect([...names].sort()).toEqual(declared.map(({ name }) => name).sort())
  })

  test('makes a pipeline anonymous only if all other methods are', () => {
    expect(isAnonymous({ name: 'median', before: [{ name: 'nnm', f: 1 }] })).toBe(true)
    expect(isAnonymous({ name: 'monna', f: 1 })).toBe(false)
    expect(isAnonymous({ name: 'median', before: [{ name: 'nnm', f: 1 }, { name: 'bucketing' }] })).toBe(false)
    expect(isAnonymous({ name: 'command', command: ['true'] })).toBe(false)
  })
})

describe("a rule's condition on the graph", () => {
  const figures = { deltaMax: 0.25, gap: 0.5, connectivity: 0.75 }
  const asking = rules.flatMap(({ name, graphCondition }) =>
    graphCondition ? [{ rule: name, ...graphCondition }] : [],
  )

  test.each(asking)(
    'by $rule is two sides, a bound only where a condition names it',
    ({ source, condition, measure }) => {
      const sides = measure(figures)
      expect(source).toMatch(/^https:/)
      expect(Number.isFinite(sides?.value)).toBe(true)
      expect(sides?.bound === null).toBe(condition === undefined)
      expect(measure({ deltaMax: 0, gap: null, connectivity: null })).toBeNull()
      expect(measure({ ...figures, deltaMax: 0 })?.value).toBe(0)
    },
  )

  test('is declared by the gossip rules', () => {
    expect(asking.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['cs-plus', 'gts', 'clipped-gossip']))
  })
})

test('a rule with its output as state returns it, and starts there the next time', () => {
  const remembering = rules.filter(({ stateIsOutput }) => stateIsOutput)
  expect(remembering.map(({ name }) => name)).toContain('centered-clipping')
  for (const rule of remembering) {
    const { output, state } = rule
      .configure({ name: rule.name }, n)
      .aggregate({ ...inputAt(0), state: new Float32Array(5) })
    expect(state).toEqual(output)
    expect(state?.buffer).not.toBe(output.buffer)
  }
})

test('the option that makes a rule treat all peers alike does so', () => {
  for (const { name, configure, otherwise } of rules) {
    if (otherwise === undefined) continue
    const [option, value] = otherwise.split(': ') as [string, string]
    expect(configure({ name }, n).selfCentred).toBe(true)
    expect(configure({ name, [option]: value }, n).selfCentred).toBe(false)
  }
})
