import { expect, test } from 'vitest'
import { signFlip } from '#attacks/methods/sign-flip.ts'

const context = { round: 0, n: 4, m: 2, victims: [], random: () => 0 }

test('sends minus the mean of the known vectors', () => {
  const attack = signFlip.configure({ name: 'sign-flip' })
  const { output, z } = attack.craft({ colluders: [Float32Array.of(2, -4), Float32Array.of(6, 0)] }, context)
  expect([...(output ?? [])]).toEqual([-4, 2])
  expect(z).toBeUndefined()
})

test('includes the neighbours with neighbourhood knowledge', () => {
  const attack = signFlip.configure({ name: 'sign-flip', knowledge: 'neighbourhood' })
  const heard = [{ peer: 0, vector: Float32Array.of(5) }]
  expect([...(attack.craft({ colluders: [Float32Array.of(3)], heard }, context).output ?? [])]).toEqual([-4])
})
