import { expect, test } from 'vitest'
import { attacks } from '#attacks/registry.ts'
import { describeAttack } from './attack.ts'
import { attackCases } from './cases.ts'

test('every attack is tested at every level of knowledge, each case with its own title', () => {
  const tried = new Set(attackCases.map(({ attack: { name, knowledge } }) => `${name} ${knowledge}`))
  expect([...tried].sort()).toEqual(
    attacks.flatMap(({ name, knowledge }) => knowledge.map((level) => `${name} ${level}`)).sort(),
  )
  expect(new Set(attackCases.map(({ title }) => title)).size).toBe(attackCases.length)
})

for (const subject of attackCases) describeAttack(subject)
