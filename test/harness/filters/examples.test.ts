import { expect, test } from 'vitest'
import { aggregateLine } from '#harness/filters/aggregate.ts'
import { craftLine } from '#harness/filters/craft.ts'
import { attackExamples, preAggregatorExamples, ruleExamples } from '#harness/filters/examples.ts'

/** The examples of docs/filters.md: one for each entry of the registries. */
test.each([
  ...[...ruleExamples(), ...preAggregatorExamples()].map((example) => ({ ...example, answer: aggregateLine })),
  ...attackExamples().map((example) => ({ ...example, answer: craftLine })),
])('the line for $name is answered', ({ request, answer }) => {
  const answered = answer(JSON.parse(JSON.stringify(request))) as { output?: unknown; outputs?: unknown[][] }
  const rows = answered.outputs ?? [answered.output]
  for (const row of rows) expect(row === null || (Array.isArray(row) && row.length === 2)).toBe(true)
})
