import { expect, test } from 'vitest'
import { preAggregators, rules } from '#aggregation/registry.ts'
import { ruleCases } from './cases.ts'
import { describeRule } from './rule.ts'

test('every rule and pre-aggregator of the registry is tested, each case with its own title', () => {
  const configs = ruleCases.map(({ config }) => config(1))
  const names = configs.flatMap(({ name, before = [] }) => [name, ...before.map((stage) => stage.name)])
  expect([...new Set(names)].sort()).toEqual([...rules, ...preAggregators].map(({ name }) => name).sort())
  expect(new Set(ruleCases.map(({ title }) => title)).size).toBe(ruleCases.length)
})

for (const subject of ruleCases) describeRule(subject)
