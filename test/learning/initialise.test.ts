import { expect, test } from 'vitest'
import { initialise } from '#learning/initialise.ts'
import { buildModel } from '#learning/models/registry.ts'
import { layerViews } from '#learning/parameters.ts'
import { randomStream } from '#learning/random.ts'

const mlp = buildModel('mlp', 784, 10)

test('softmax regression starts at zero and draws nothing', () => {
  const random = () => {
    throw new Error('drew')
  }
  expect(initialise(buildModel('softmax-regression', 64, 10), random).every((value) => value === 0)).toBe(true)
})

test('the mlp starts within the bounds of Xavier and of PyTorch, and fills them', () => {
  const flat = initialise(mlp, randomStream(1, 'initial'))
  expect(flat.length).toBe(79_510)
  const [first, second] = layerViews(mlp, flat)
  const largest = (values: Float32Array | undefined) => Math.max(...(values ?? []).map(Math.abs))
  expect(largest(first?.weights) / Math.sqrt(6 / 884)).toBeCloseTo(1, 3)
  expect(largest(first?.bias) * 28).toBeCloseTo(1, 1)
  expect(largest(second?.weights) * 10).toBeCloseTo(1, 1)
  expect(largest(second?.bias) * 10).toBeLessThanOrEqual(1)
})

test('the draws are taken in the order of the flat vector from one stream', () => {
  const random = randomStream(3, 'initial')
  const flat = initialise(mlp, randomStream(3, 'initial'))
  const bound = Math.sqrt(6 / 884)
  expect(flat[0]).toBe(Math.fround((2 * random() - 1) * bound))
  for (let k = 1; k < 78_400; k++) random()
  expect(flat[78_400]).toBe(Math.fround((2 * random() - 1) / 28))
})

test('views share memory with the vector and refuse one of another length', () => {
  const flat = new Float32Array(79_510)
  layerViews(mlp, flat)[1]?.bias.fill(7)
  expect([...flat.subarray(79_499)]).toEqual([0, ...new Array<number>(10).fill(7)])
  expect(() => layerViews(mlp, new Float32Array(3))).toThrow(/mlp has 79510 parameters/)
})
