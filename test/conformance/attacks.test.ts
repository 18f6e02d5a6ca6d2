import { expect, test } from 'vitest'
import { attacks } from '#attacks/registry.ts'
import { describeAttack } from './attack.ts'
import { attackCases } from './cases.ts'

test('every attack is tried at every level of knowledge, each case under a title of its own', () => {
  const tried = new Set(attackCases.map(({ attack: { name, knowledge } }) => `${name} ${knowledge}`))
  expect([...tried].sort()).toEqual(
    attacks.flatMap(({ name, knowledge }) => knowledge.map((level) => `${name} ${level}`)).sort(),
  )
  expect(new Set(attackCases.map(({ title }) => title)).size).toBe(attackCases.length)
})

for (const subject of attackCases) describeAttack(subject)
