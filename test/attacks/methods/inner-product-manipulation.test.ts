import { expect, test } from 'vitest'
import { innerProductManipulation } from '#attacks/methods/inner-product-manipulation.ts'

const context = { round: 0, n: 4, m: 2, victims: [], random: () => 0 }

test('sends minus tau times the mean of the known vectors', () => {
  const attack = innerProductManipulation.configure({ name: 'inner-product-manipulation', tau: 0.5 })
  const { output } = attack.craft({ colluders: [Float32Array.of(2, -4), Float32Array.of(6, 0)] }, context)
  expect([...(output ?? [])]).toEqual([-2, 1])
})

test('sends minus twice the mean by default', () => {
  const attack = innerProductManipulation.configure({ name: 'inner-product-manipulation' })
  expect([...(attack.craft({ colluders: [Float32Array.of(3)] }, context).output ?? [])]).toEqual([-6])
})
