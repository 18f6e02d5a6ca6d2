import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { preAggregators, rules } from '#aggregation/registry.ts'
import { packageFolder } from '#node/data/package-folder.ts'
import vectors from '../vectors/independent.json' with { type: 'json' }

/** Names of the methods with their own test file. */
function withOwnTest(folder: string): string[] {
  return readdirSync(join(packageFolder(), 'test/aggregation', folder)).map((file) => file.replace('.test.ts', ''))
}

test('every rule and pre-aggregator is compared with a second implementation, or has its own test file', () => {
  const compared = vectors.entries.flatMap(({ request: { rule, before } }) => [
    ...(rule ? [rule.name] : []),
    ...(before ?? []).map(({ name }) => name),
  ])
  const named = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name)
  const alone = [
    ...named(rules).filter((name) => !withOwnTest('rules').includes(name)),
    ...named(preAggregators).filter((name) => !withOwnTest('pre-aggregators').includes(name)),
  ]
  expect(alone.filter((name) => !compared.includes(name))).toEqual([])
})
